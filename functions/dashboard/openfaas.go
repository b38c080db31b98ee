package dashboard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/shared/openfaas"
)

// annotation is where the mode of a function is set.
const annotation = "prewarm.mode"

// gatewayController is the controller of an OpenFaaS gateway.
type gatewayController struct {
	url    *url.URL
	client *http.Client
}

func newOpenFaaS(address string) (*gatewayController, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("gateway_url: %w", err)
	}
	return &gatewayController{url: u, client: &http.Client{Timeout: controlTimeout, Transport: openfaas.StatusTransport{Next: http.DefaultTransport}}}, nil
}

// check asks for what only those who signed in may see, once without
// credentials: a gateway that answers everybody vouches for nobody.
func (o *gatewayController) check(ctx context.Context, user, password string) error {
	err := o.list(ctx, "", "")
	if err == nil {
		return fmt.Errorf("%w: the gateway asks nobody for a password; configure a token instead", errForbidden)
	}
	if !errors.Is(err, errSignIn) {
		return err
	}
	return o.list(ctx, user, password)
}

func (o *gatewayController) list(ctx context.Context, user, password string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url.JoinPath("/system/functions").String(), nil)
	if err != nil {
		return err
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	res, err := o.client.Do(req)
	if err != nil {
		return gatewayError(err)
	}
	return res.Body.Close()
}

// setMode deploys the function again as it is, with another annotation, as
// faas-cli does. The gateway replaces its replicas.
func (o *gatewayController) setMode(ctx context.Context, user, password, function, mode string) error {
	client := sdk.NewClient(o.url, &sdk.BasicAuth{Username: user, Password: password}, o.client)
	name, namespace, _ := strings.Cut(function, ".")
	f, err := client.GetFunction(ctx, name, namespace)
	if err != nil {
		return functionError(err)
	}
	if f.Name != name || f.Image == "" {
		return errUnknown
	}
	if _, err := client.Update(ctx, redeployment(f, namespace, mode)); err != nil {
		return functionError(err)
	}
	return nil
}

// redeployment is the deployment of a function as it is, with another mode.
func redeployment(f types.FunctionStatus, namespace, mode string) types.FunctionDeployment {
	annotations := map[string]string{}
	if f.Annotations != nil {
		annotations = maps.Clone(*f.Annotations)
	}
	annotations[annotation] = mode
	return types.FunctionDeployment{
		Service: f.Name, Image: f.Image, Namespace: namespace, EnvProcess: f.EnvProcess, EnvVars: f.EnvVars,
		Constraints: f.Constraints, Secrets: f.Secrets, Labels: f.Labels, Annotations: &annotations,
		Limits: f.Limits, Requests: f.Requests, ReadOnlyRootFilesystem: f.ReadOnlyRootFilesystem,
	}
}

// gatewayError is what an error of a call means: everything but refused
// credentials is no usable answer. Nothing of an answer is quoted, since it may
// hold secrets.
func gatewayError(err error) error {
	var status *openfaas.StatusError
	var call *url.Error
	switch {
	case errors.As(err, &status) && status.Code == http.StatusUnauthorized:
		return fmt.Errorf("%w: the gateway does not take this user and password", errSignIn)
	case status != nil:
		return fmt.Errorf("%w: it answered %d", errGateway, status.Code)
	case errors.As(err, &call):
		return fmt.Errorf("%w: %w", errGateway, call.Err)
	}
	return errGateway
}

// functionError is gatewayError of a call that names a function.
func functionError(err error) error {
	var status *openfaas.StatusError
	if errors.As(err, &status) && status.Code == http.StatusNotFound {
		return errUnknown
	}
	return gatewayError(err)
}
