package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/openfaas"
)

// function is a deployed function, as doctor needs it.
type function struct {
	openfaas.Function
	secrets []string // nil if the provider does not tell
}

// checkGateway checks address and password of the gateway, and lists the functions.
func (d *doctor) checkGateway(ctx context.Context) {
	a := d.cfg.Access
	transport, err := openfaas.NewTransport(a.Gateway, a.TLS)
	if err != nil {
		d.find("gateway", err.Error(), "set --gateway or OPENFAAS_URL")
		return
	}
	var list []types.FunctionStatus
	client := &http.Client{Transport: transport}
	err = d.ask(ctx, "gateway", client, transport.Root.JoinPath("/system/functions").String(), d.signIn, &list)
	if err != nil {
		d.explainGateway(err)
		return
	}
	if err := d.list(ctx, list); err != nil {
		d.explainGateway(err)
		return
	}
	d.ok("gateway", fmt.Sprintf("%s answers, with %d functions", a.Gateway, len(d.functions)))
}

// signIn adds the user and password of the gateway to a request.
func (d *doctor) signIn(req *http.Request) {
	if d.cfg.Access.Password != "" {
		req.SetBasicAuth(d.cfg.Access.User, d.cfg.Access.Password)
	}
}

// explainGateway reports why the gateway gave no list.
func (d *doctor) explainGateway(err error) {
	const address = "set --gateway or OPENFAAS_URL to the address of OpenFaaS, with its path if it has one; on Kubernetes: kubectl -n openfaas port-forward svc/gateway 8080"
	a := d.cfg.Access
	var status *openfaas.StatusError
	switch {
	case errors.As(err, &status) && status.Code == http.StatusUnauthorized && a.Password == "":
		d.find("password", "the gateway wants a user and password, and none is given", "faas-cli login --gateway "+a.Gateway+", or set PREWARM_GATEWAY_PASSWORD")
	case errors.As(err, &status) && status.Code == http.StatusUnauthorized:
		d.find("password", fmt.Sprintf("the gateway refuses the user %s with this password", a.User), "take the one of the secret: kubectl -n openfaas get secret basic-auth -o jsonpath='{.data.basic-auth-password}' | base64 -d; the secret prewarm-gateway-password of the functions needs the same")
	case status != nil && status.WrongAddress():
		d.find("gateway", fmt.Sprintf("something else than an OpenFaaS gateway answers at %s (status %d)", a.Gateway, status.Code), address)
	case status != nil:
		d.find("gateway", fmt.Sprintf("%s answers with status %d", a.Gateway, status.Code), "see the log of the gateway, and of a proxy before it")
	default:
		d.find("gateway", fmt.Sprintf("%s does not answer: %v", a.Gateway, err), address)
	}
}

// list keeps the functions of all namespaces. first is the list of the default one, which has
// what the client of the suite leaves out.
func (d *doctor) list(ctx context.Context, first []types.FunctionStatus) error {
	a := d.cfg.Access
	client, err := openfaas.New(openfaas.Config{URL: a.Gateway, TLS: a.TLS, User: a.User, Password: a.Password, Timeout: d.cfg.Timeout, Edition: d.cfg.Edition})
	if err != nil {
		return err
	}
	all, err := client.List(ctx)
	if err != nil {
		return err
	}
	secrets := map[string][]string{}
	for _, f := range first {
		secrets[f.Name] = f.Secrets
	}
	d.functions = []function{}
	for _, f := range all {
		one := function{Function: f}
		if short, own := suiteName(f.Name); own {
			one.secrets = secrets[short]
		}
		d.functions = append(d.functions, one)
	}
	if d.edition, err = client.Edition(ctx); err != nil {
		d.warn("edition", "the gateway does not tell its edition: "+err.Error(), "set openfaas_edition: ce, standard or edge")
	}
	return nil
}
