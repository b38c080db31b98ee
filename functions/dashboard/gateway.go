package dashboard

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"prewarm/shared/openfaas"
)

// gatewayController implements controller with the API of an OpenFaaS gateway.
// It keeps no credentials: each call brings those of the user.
type gatewayController struct {
	root   *url.URL // without the path of gateway_url, which client adds
	client *http.Client
}

// newGateway returns a controller. Its transport turns answers other than 2xx into
// errors, redirects included: http.Client would send the credentials to their
// target.
func newGateway(address string, certificates *tls.Config) (*gatewayController, error) {
	transport, err := openfaas.NewTransport(address, certificates)
	if err != nil {
		return nil, err
	}
	return &gatewayController{root: transport.Root, client: &http.Client{Timeout: controlTimeout, Transport: transport}}, nil
}

// check asks for the list of functions, which needs credentials. It first asks
// without them: a gateway that answers any caller cannot check a password.
func (o *gatewayController) check(ctx context.Context, user, password string) error {
	err := o.list(ctx, "", "")
	if err == nil {
		return fmt.Errorf("%w: the gateway does not ask for a password; configure a token instead", errForbidden)
	}
	// Any other failure means the gateway could not be asked; the password is then
	// not sent at all.
	if !errors.Is(err, errSignIn) {
		return err
	}
	return o.list(ctx, user, password)
}

// list asks for the list of functions and ignores the answer. An empty user sends
// no credentials.
func (o *gatewayController) list(ctx context.Context, user, password string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.root.JoinPath("/system/functions").String(), nil)
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
	// The status is all that matters; the transport has turned others than 2xx into
	// errors.
	return res.Body.Close()
}

// gatewayError maps an error of a call to errSignIn if the credentials were
// refused, and to errGateway otherwise. It quotes nothing of an answer, since that
// may hold secrets.
func gatewayError(err error) error {
	var status *openfaas.StatusError
	var call *url.Error
	switch {
	case errors.As(err, &status) && status.Code == http.StatusUnauthorized:
		return fmt.Errorf("%w: the gateway does not accept this user and password", errSignIn)
	case status != nil && status.WrongAddress():
		return fmt.Errorf("%w: something else answered %d, see gateway_url", errGateway, status.Code)
	case status != nil:
		return fmt.Errorf("%w: it answered %d", errGateway, status.Code)
	case errors.As(err, &call):
		return fmt.Errorf("%w: %w", errGateway, call.Err)
	}
	return errGateway
}
