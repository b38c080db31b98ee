package dashboard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/shared/event"
)

var (
	// errGateway means that the gateway gave no usable answer.
	errGateway = errors.New("the gateway does not answer")
	// errUnknown means a function that the gateway does not know.
	errUnknown = errors.New("function is not deployed")
)

// annotation is where the mode of a function is set.
const annotation = "prewarm.mode"

// pause freezes or releases all scaling.
func (d *Dashboard) pause(w http.ResponseWriter, r *http.Request) error {
	who, err := d.authorise(r)
	if err != nil {
		return err
	}
	var want struct{ Paused *bool }
	if err := readJSON(w, r, &want); err != nil {
		return err
	}
	if want.Paused == nil {
		return fmt.Errorf("%w: paused must be true or false", errRequest)
	}
	ctx, cancel := context.WithTimeout(r.Context(), controlTimeout)
	defer cancel()
	if err := d.source.SetPaused(ctx, *want.Paused); err != nil {
		return err
	}
	d.log.Info("pause switch set", "paused", *want.Paused, "by", who.who())
	d.view.poke()
	answer(w, map[string]bool{"paused": *want.Paused})
	return nil
}

// poke wakes those who wait for a change, without one in the functions.
func (v *view) poke() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.touch()
}

const controlTimeout = 10 * time.Second

// setMode writes the annotation of a function through the gateway, with the
// credentials of the one who asks.
func (d *Dashboard) setMode(w http.ResponseWriter, r *http.Request) error {
	who, err := d.authorise(r)
	if err != nil {
		return err
	}
	if who.user == "" || d.gateway == nil {
		return fmt.Errorf("%w: the mode of a function takes the gateway's credentials, which a token is not", errForbidden)
	}
	var want struct{ Function, Mode string }
	if err := readJSON(w, r, &want); err != nil {
		return err
	}
	if err := event.CheckFunction(want.Function); err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	if want.Mode != "off" && want.Mode != "observe" && want.Mode != "active" {
		return fmt.Errorf("%w: mode must be one of off, observe, active, was: %.20q", errRequest, want.Mode)
	}
	if err := d.gateway.setMode(r.Context(), who.user, who.password, want.Function, want.Mode); err != nil {
		return err
	}
	d.log.Info("mode set", "function", want.Function, "mode", want.Mode, "by", who.who())
	answer(w, map[string]string{"function": want.Function, "mode": want.Mode})
	return nil
}

// controller is the gateway with the credentials of whoever asks.
type controller interface {
	// check fails with errSignIn where the gateway does not take the
	// credentials, or takes any.
	check(ctx context.Context, user, password string) error
	setMode(ctx context.Context, user, password, function, mode string) error
}

// openfaas is the controller of an OpenFaaS gateway.
type openfaas struct {
	url    *url.URL
	client *http.Client
}

func newOpenFaaS(address string) (*openfaas, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("gateway_url: %w", err)
	}
	return &openfaas{url: u, client: &http.Client{Timeout: controlTimeout}}, nil
}

// check asks for what only those who signed in may see, once without
// credentials: a gateway that answers everybody vouches for nobody.
func (o *openfaas) check(ctx context.Context, user, password string) error {
	open, err := o.status(ctx, "", "")
	if err != nil {
		return err
	}
	if open != http.StatusUnauthorized {
		return fmt.Errorf("%w: the gateway asks nobody for a password (it answered %d); configure a token instead", errForbidden, open)
	}
	got, err := o.status(ctx, user, password)
	switch {
	case err != nil:
		return err
	case got == http.StatusUnauthorized:
		return fmt.Errorf("%w: the gateway does not take this user and password", errSignIn)
	case got != http.StatusOK:
		return fmt.Errorf("%w: it answered %d", errGateway, got)
	}
	return nil
}

func (o *openfaas) status(ctx context.Context, user, password string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url.JoinPath("/system/functions").String(), nil)
	if err != nil {
		return 0, err
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	res, err := o.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errGateway, withoutURL(err))
	}
	return res.StatusCode, res.Body.Close()
}

// setMode deploys the function again as it is, with another annotation, as
// faas-cli does. The gateway replaces its replicas.
func (o *openfaas) setMode(ctx context.Context, user, password, function, mode string) error {
	client := sdk.NewClient(o.url, &sdk.BasicAuth{Username: user, Password: password}, o.client)
	name, namespace, _ := strings.Cut(function, ".")
	f, err := client.GetFunction(ctx, name, namespace)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	if f.Name != name || f.Image == "" {
		return errUnknown
	}
	if status, err := client.Update(ctx, redeployment(f, namespace, mode)); err != nil {
		return fmt.Errorf("%w: update answered %d", errGateway, status)
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

// changing serves what changes something; it is the one place that maps errors
// to status codes.
func (d *Dashboard) changing(do func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(w, r)
		if err == nil {
			return
		}
		d.log.Warn("change refused", "path", r.URL.Path, "error", err)
		for _, c := range []struct {
			err    error
			status int
		}{
			{errSignIn, http.StatusUnauthorized}, {errForbidden, http.StatusForbidden}, {errTooMany, http.StatusTooManyRequests},
			{errRequest, http.StatusBadRequest}, {errUnknown, http.StatusNotFound}, {errGateway, http.StatusBadGateway},
		} {
			if errors.Is(err, c.err) {
				refuse(w, c.status, err.Error())
				return
			}
		}
		refuse(w, http.StatusServiceUnavailable, "NATS does not answer; nothing was changed")
	}
}
