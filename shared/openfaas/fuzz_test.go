package openfaas

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	sdk "github.com/openfaas/go-sdk"
)

// answers is a gateway, or something else, that gives every request the same answer.
type answers struct {
	status     int
	kind, text string
}

// RoundTrip implements http.RoundTripper.
func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {a.kind}}, Request: req,
		Body: io.NopCloser(strings.NewReader(a.text)), ContentLength: int64(len(a.text)),
	}, nil
}

// client returns a client without a network.
func (a *answers) client() *Client {
	root := &url.URL{Scheme: "http", Host: "gateway:8080"}
	transport := &Transport{Root: root, base: root.JoinPath("below"), next: a}
	return &Client{sdk: sdk.NewClient(root, &sdk.BasicAuth{}, &http.Client{Transport: transport})}
}

// FuzzAnswer gives a client any answer to each of its calls. An error has exactly one of the
// causes on which callers branch and a bounded text, and a list has only functions that
// have a name.
func FuzzAnswer(f *testing.F) {
	f.Add(uint16(200), "application/json", `[{"name":"a","namespace":"ns","replicas":1,"labels":null,"envVars":{"max_inflight":"4"},"limits":{"memory":"128Mi"}}]`)
	f.Add(uint16(200), "application/json", `["openfaas-fn","dev"]`)
	f.Add(uint16(200), "application/json", `{"provider":{"provider":"faas-netes-ce","orchestration":"kubernetes"}}`)
	f.Add(uint16(200), "application/json", `{"name":"a","namespace":"ns","replicas":2,"availableReplicas":1,"limits":{"memory":"128Mi"}}`)
	f.Add(uint16(200), "application/json", `null`)
	f.Add(uint16(200), "text/html; charset=utf-8", "<html>")
	f.Add(uint16(404), "text/plain", "not found")
	f.Add(uint16(503), "text/html", "<html>")
	a := &answers{}
	f.Fuzz(func(t *testing.T, status uint16, kind, text string) {
		*a = answers{status: 200 + (int(status)+200)%400, kind: kind, text: text}
		c := a.client()
		list, err := c.List(t.Context())
		checkCause(t, err)
		one, err := c.Function(t.Context(), "a.ns")
		checkCause(t, err)
		if err == nil {
			list = append(list, one)
			if one.Name != "a.ns" {
				t.Errorf("%q was read as the function %q", text, one.Name)
			}
		}
		for _, fn := range list {
			if !strings.Contains(fn.Name, ".") || fn.Replicas < 0 || fn.Available < 0 || fn.MemoryBytes < 0 || fn.MaxInflight < 0 {
				t.Errorf("%q was read as %+v", text, fn)
			}
		}
		_, err = c.Edition(t.Context())
		checkCause(t, err)
		checkCause(t, c.Scale(t.Context(), "a.ns", 1))
	})
}

// checkCause checks that callers can branch on an error of a call and log it.
func checkCause(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	causes := 0
	for _, cause := range []error{ErrUnavailable, ErrNotFound, ErrRefused} {
		if errors.Is(err, cause) {
			causes++
		}
	}
	if causes != 1 || len(err.Error()) > 8*maxShort {
		t.Errorf("%d causes, %d bytes: %.200v", causes, len(err.Error()), err)
	}
}
