package gateway

import (
	"net/http"
	"testing"
)

func TestCertifierInvokeWithEachVerb(t *testing.T) {
	f := certify(t, hello())
	for _, verb := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if got := f.call(verb, "/function/hello", ""); got.code != http.StatusOK || got.header.Get("X-Method") != verb {
			t.Errorf("%s: answered %d, the function saw %q", verb, got.code, got.header.Get("X-Method"))
		}
	}
}

func TestCertifierInvokeWithHeaders(t *testing.T) {
	f := certify(t, hello())
	req := f.request(http.MethodPost, "/function/hello", `{"a":1}`)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Add("X-Certifier", "one")
	req.Header.Add("X-Certifier", "two")
	got := f.do(req)
	if got.body != `{"a":1}` || got.header.Get("Echo-Content-Type") != "application/json" {
		t.Errorf("body %q, headers %v", got.body, got.header)
	}
	if values := got.header.Values("Echo-X-Certifier"); len(values) != 2 || values[0] != "one" || values[1] != "two" {
		t.Errorf("the function saw %q", values)
	}
}

// The gateway must not follow the redirection itself.
func TestCertifierInvokePassesRedirectsOn(t *testing.T) {
	d := hello()
	d.EnvVars = map[string]string{"destination": "http://example.com"}
	f := certify(t, d)
	if got := f.call(http.MethodGet, "/function/hello/redirect", ""); got.code != http.StatusFound || got.header.Get("Location") != "http://example.com" {
		t.Errorf("got %d to %q", got.code, got.header.Get("Location"))
	}
}

func TestCertifierInvokeOfNothing(t *testing.T) {
	f := start(t, nil)
	if got := f.call(http.MethodPost, "/function/notfound", ""); got.code != http.StatusNotFound {
		t.Errorf("got %d", got.code)
	}
}

func TestCertifierInvokeAsynchronously(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	f.deploy(hello())
	url, results := callbacks(t)
	accepted := f.enqueueCall("/async-function/hello?a=b", "body", url)
	if accepted.body != "" {
		t.Errorf("accepted with %q", accepted.body)
	}
	got := receive(t, results)
	if got.body != "body" || got.header.Get("X-Function-Status") != "200" || got.header.Get("X-Function-Name") != "hello" {
		t.Errorf("callback: %+v", got)
	}
	if id := accepted.header.Get("X-Call-Id"); id == "" || got.header.Get("X-Call-Id") != id {
		t.Errorf("call %q was reported as %q", id, got.header.Get("X-Call-Id"))
	}
}
