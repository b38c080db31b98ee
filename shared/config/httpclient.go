package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxIdle is how many idle connections to a service are kept. No function makes more calls to
// one service at a time.
const maxIdle = 16

// HTTPClient returns a client of the service at base, the value of the key name_url, with
// the configuration of Reader.TLS. It has a transport of its own, so that idle connections
// of other clients do not count against it, and no timeout.
//
// A redirection is an error that names the address to set: http.Client would follow a
// POST with a GET, whose answer would pass for that of the POST. If TLS fails, the error
// names the secret or key that is missing.
func HTTPClient(name, base string, cfg *tls.Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// Calls that run at the same time keep their connections: the default keeps two.
	transport.MaxIdleConnsPerHost = maxIdle
	if cfg != nil {
		transport.TLSClientConfig = cfg.Clone()
	}
	if u, err := url.Parse(base); err == nil {
		base = strings.TrimRight(withoutSecrets(u), "/")
	}
	return &http.Client{Transport: &serviceTransport{name: name, base: base, next: transport}}
}

// serviceTransport explains failures by the keys and secrets of a service.
type serviceTransport struct {
	name string
	base string // without user, query and trailing slashes
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *serviceTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, ExplainTLS(t.name, err)
	}
	location, err := res.Location()
	if res.StatusCode/100 != 3 || errors.Is(err, http.ErrNoLocation) {
		return res, nil
	}
	_ = res.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("%s_url: status %d with an unreadable address", t.name, res.StatusCode)
	}
	return nil, t.redirected(req, res.StatusCode, location)
}

// CloseIdleConnections is called by http.Client.
func (t *serviceTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// redirected returns the error of a redirection. If the target has the path of the call,
// what is before it is the address of the service.
func (t *serviceTransport) redirected(req *http.Request, status int, location *url.URL) error {
	asked := withoutSecrets(req.URL)
	target := withoutSecrets(location)
	call, below := strings.CutPrefix(asked, t.base)
	if address, same := strings.CutSuffix(target, call); below && same && call != "" && asked != target {
		return fmt.Errorf("%s_url must be %.200q: %.200q is redirected there (status %d)", t.name, address, asked, status)
	}
	return fmt.Errorf("%s_url must be an address that answers itself: %.200q is redirected to %.200q (status %d)", t.name, asked, target, status)
}

// withoutSecrets returns a URL without user, query and fragment, which may hold secrets.
func withoutSecrets(u *url.URL) string {
	c := *u
	c.User, c.RawQuery, c.ForceQuery, c.Fragment, c.RawFragment = nil, "", false, "", ""
	return c.String()
}

// ExplainTLS names the secret by which an operator can mend a failed TLS handshake with
// the service, whose secrets begin with name. Any other error is returned as it is.
func ExplainTLS(name string, err error) error {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	switch text := err.Error(); {
	case errors.As(err, &authority):
		return fmt.Errorf("mount the certificate of its authority as secret %s-ca: %w", name, err)
	case errors.As(err, &host):
		return fmt.Errorf("the host in %s_url must be one of the server's certificate: %w", name, err)
	case errors.As(err, &invalid):
		return fmt.Errorf("the certificate of the server in %s_url is not accepted: %w", name, err)
	case errors.As(err, &plain):
		return fmt.Errorf("%s_url must name a port that speaks TLS, or begin with http://: %w", name, err)
	case strings.Contains(text, "remote error: tls:") && strings.Contains(text, "certificate"):
		return fmt.Errorf("the server wants another client certificate, secrets %s-cert and %s-key: %w", name, name, err)
	}
	return err
}
