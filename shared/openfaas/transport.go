package openfaas

import (
	"crypto/tls"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"prewarm/shared/config"
)

// Transport sends the requests of go-sdk to a gateway and checks the answers:
//
//   - go-sdk drops the path of the gateway's address. It gets Root as address, and
//     Transport adds the path.
//   - Every answer that is not 2xx is a StatusError: go-sdk decodes some answers without
//     checking their status, and flattens the status of others into text. Transport also
//     stores the error in the request's context.
//   - A page of HTML is a StatusError too, also with 2xx: the API answers with JSON or plain
//     text, so that the page comes from something else than a gateway.
//   - A redirection is an error that names the address to set: http.Client would follow a
//     POST with a GET, and its answer would pass for that of the POST.
//   - A provider without namespaces answers 404 or 501 when it is asked for them. As in the
//     gateway itself, that counts as an empty list.
//
// It is safe for concurrent use.
type Transport struct {
	// Root is the address of the gateway without its path.
	Root *url.URL

	base *url.URL // address of the gateway
	next http.RoundTripper
}

// NewTransport returns a transport to the gateway at address, the value of gateway_url,
// with the TLS configuration of config.Reader.TLS.
func NewTransport(address string, cfg *tls.Config) (*Transport, error) {
	base, err := config.ParseBase(address, "http", "https")
	if err != nil {
		return nil, fmt.Errorf("gateway_url %w", err)
	}
	root := &url.URL{Scheme: base.Scheme, Host: base.Host}
	return &Transport{Root: root, base: base, next: config.HTTPClient("gateway", base.String(), cfg).Transport}, nil
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	below := req.Clone(req.Context())
	below.URL.Path = t.base.Path + req.URL.Path
	below.URL.RawPath = t.base.EscapedPath() + req.URL.EscapedPath() // ignored if it is the default encoding of Path
	res, err := t.next.RoundTrip(below)
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode/100 == 2 && !isPage(res):
		res.Body = limited{io.LimitReader(res.Body, maxBody), res.Body}
		return res, nil
	case withoutNamespaces(req, res.StatusCode):
		return emptyList(res), nil
	}
	status := newStatusError(res)
	if answeredElsewhere(req, res) {
		status.elsewhere = below.URL.Redacted()
	}
	if place, ok := req.Context().Value(statusKey{}).(**StatusError); ok {
		*place = status
	}
	return nil, status
}

// isPage reports whether an answer is a page of HTML.
func isPage(res *http.Response) bool {
	media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return err == nil && media == "text/html" && res.ContentLength != 0
}

// answeredElsewhere reports whether something else than a gateway answered. A page with
// 502 may come from the proxy of a gateway that is starting.
func answeredElsewhere(req *http.Request, res *http.Response) bool {
	list := req.Method == http.MethodGet && req.URL.Path == "/system/functions"
	return res.StatusCode/100 == 2 || res.StatusCode == http.StatusNotFound && (list || isPage(res))
}

// withoutNamespaces reports whether an answer means that the provider has no namespaces.
func withoutNamespaces(req *http.Request, status int) bool {
	return req.URL.Path == "/system/namespaces" && (status == http.StatusNotFound || status == http.StatusNotImplemented)
}

// maxBody bounds the bytes that are read of an answer: about a hundred thousand functions.
// A longer one is cut, and is then not JSON.
const maxBody = 64 << 20

// limited is a body that ends early.
type limited struct {
	io.Reader
	io.Closer
}

// emptyList replaces an answer by an empty list. It reads the body, so that the connection
// can be used again.
func emptyList(res *http.Response) *http.Response {
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxErrorText))
	_ = res.Body.Close()
	empty := *res
	empty.StatusCode, empty.Status = http.StatusOK, "200 OK"
	empty.Header = http.Header{"Content-Type": {"application/json"}}
	empty.Body, empty.ContentLength = io.NopCloser(strings.NewReader("[]")), 2
	return &empty
}

// maxErrorText bounds the bytes that are read of the body of an error.
const maxErrorText = 4 << 10

// newStatusError reads the begin of an answer.
func newStatusError(res *http.Response) *StatusError {
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorText)) // the status counts, even if the body breaks off
	return &StatusError{Code: res.StatusCode, text: string(text)}
}
