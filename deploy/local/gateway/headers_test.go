package gateway

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestAFunctionSeesWhomItAnswers(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	got := f.call(http.MethodGet, "/function/hello/", "").header
	if host, _, err := net.SplitHostPort(got.Get("Echo-X-Forwarded-For")); err != nil || host != "127.0.0.1" {
		t.Errorf("X-Forwarded-For is not the address of the client with its port: %q", got.Get("Echo-X-Forwarded-For"))
	}
	if got.Get("Echo-X-Forwarded-Host") != f.Addr() {
		t.Errorf("X-Forwarded-Host: %q, want %q", got.Get("Echo-X-Forwarded-Host"), f.Addr())
	}
	if _, set := got["Echo-X-Forwarded-Proto"]; set {
		t.Error("X-Forwarded-Proto is set, which OpenFaaS does not do")
	}
}

// An ingress before the gateway knows more than the gateway.
func TestHeadersOfAnIngressArePassedOn(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	req := f.request(http.MethodGet, "/function/hello/", "")
	want := map[string]string{
		"X-Forwarded-For": "192.0.2.1, 192.0.2.2", "X-Forwarded-Host": "faas.example.org",
		"X-Forwarded-Proto": "https", "Forwarded": "for=192.0.2.1",
	}
	for name, value := range want {
		req.Header.Set(name, value)
	}
	got := f.do(req).header
	for name, value := range want {
		if got.Get("Echo-"+name) != value {
			t.Errorf("%s: the function saw %q, want %q", name, got.Get("Echo-"+name), value)
		}
	}
}

// The host that the client asked is only in X-Forwarded-Host.
func TestTheHostIsThatOfTheReplica(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	req := f.request(http.MethodGet, "/function/hello/", "")
	req.Host = "faas.example.org"
	got := f.do(req).header
	if host := got.Get("X-Host"); !strings.HasPrefix(host, "127.0.0.1:") || host == f.Addr() {
		t.Errorf("Host: the function saw %q", host)
	}
	if got.Get("Echo-X-Forwarded-Host") != "faas.example.org" {
		t.Errorf("X-Forwarded-Host: %q", got.Get("Echo-X-Forwarded-Host"))
	}
}

func TestHeadersOfAConnectionStayWithIt(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	req := f.request(http.MethodGet, "/function/hello/", "")
	req.Header.Set("Connection", "X-Hop")
	req.Header.Set("X-Hop", "1")
	req.Header.Set("Keep-Alive", "5")
	req.Header.Set("Te", "gzip")
	got := f.do(req).header
	for _, name := range []string{"X-Hop", "Keep-Alive", "Te"} {
		if got.Get("Echo-"+name) != "" {
			t.Errorf("%s reached the function", name)
		}
	}
}

func TestAnAnswerHasAContentType(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	for asked, want := range map[string]string{"": "text/plain", "application/json": "application/json"} {
		req := f.request(http.MethodPost, "/function/hello/status?code=202", "")
		if asked != "" {
			req.Header.Set("Content-Type", asked)
		}
		if got := f.do(req).header.Get("Content-Type"); got != want {
			t.Errorf("a request of %q was answered with %q, want %q", asked, got, want)
		}
	}
}
