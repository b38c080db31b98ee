package doctor

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// suite lists the functions of prewarm.
func suite() []string { return []string{"collector", "predictor", "scaler", "dashboard"} }

// namespace is where the suite is deployed.
const namespace = "openfaas-fn"

// suiteName returns the name of a function of the suite without its namespace.
func suiteName(name string) (short string, own bool) {
	short, ns, _ := strings.Cut(name, ".")
	return short, ns == namespace && slices.Contains(suite(), short)
}

// checkSuite checks that the functions of the suite are deployed and ready, and have their keys.
func (d *doctor) checkSuite(ctx context.Context) {
	if d.functions == nil {
		d.skip("functions", "the gateway did not list them", "")
		return
	}
	var missing, starting []string
	for _, name := range suite() {
		f := d.function(name)
		switch {
		case f == nil:
			missing = append(missing, name)
		case f.Available == 0:
			starting = append(starting, name)
		}
	}
	if len(missing) > 0 {
		d.find("functions", "not deployed in "+namespace+": "+strings.Join(missing, ", "), "faas-cli up with stack.yml, see deploy/kubernetes/README.md")
	}
	if len(starting) > 0 {
		d.find("functions", "no replica is ready: "+strings.Join(starting, ", "), "faas-cli logs "+starting[0]+" names a wrong key or a missing secret; kubectl -n "+namespace+" describe deploy "+starting[0])
	}
	if len(missing)+len(starting) == 0 {
		d.ok("functions", strings.Join(suite(), ", ")+" are deployed and ready")
	}
	d.checkSecrets(ctx)
}

// function returns a function of the suite, nil if it is not deployed.
func (d *doctor) function(short string) *function {
	at := slices.IndexFunc(d.functions, func(f function) bool { return f.Name == short+"."+namespace })
	if at < 0 {
		return nil
	}
	return &d.functions[at]
}

// checkSecrets checks that the gateway has the secret with the keys, and that each function of
// the suite mounts it.
func (d *doctor) checkSecrets(ctx context.Context) {
	a := d.cfg.Access
	transport, err := openfaas.NewTransport(a.Gateway, a.TLS)
	if err != nil {
		return // checkGateway has reported it
	}
	var secrets []struct{ Name string }
	address := transport.Root.JoinPath("/system/secrets").String() + "?namespace=" + namespace
	if err := d.ask(ctx, "gateway", &http.Client{Transport: transport}, address, d.signIn, &secrets); err != nil {
		d.warn("keys", "the gateway does not list its secrets: "+err.Error(), "")
		return
	}
	var without []string
	told := false
	for _, name := range suite() {
		if f := d.function(name); f != nil {
			told = told || f.secrets != nil
			if !slices.Contains(f.secrets, event.KeySecret) {
				without = append(without, name)
			}
		}
	}
	// The gateway lists the secrets that it has made. Others, such as those of the chart, may be
	// mounted all the same.
	listed := slices.ContainsFunc(secrets, func(s struct{ Name string }) bool { return s.Name == event.KeySecret })
	if !listed && (!told || len(without) == len(suite())) {
		d.find("keys", "the secret "+event.KeySecret+" is missing", "openssl rand -hex 32 > key.txt; faas-cli secret create "+event.KeySecret+" --from-file=key.txt; then deploy the functions again")
		return
	}
	if told && len(without) > 0 {
		d.find("keys", "the secret "+event.KeySecret+" is not mounted in: "+strings.Join(without, ", "), "list it under secrets of these functions in stack.yml, and deploy them again")
	}
}
