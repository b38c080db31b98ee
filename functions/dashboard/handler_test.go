package dashboard

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// The gateway strips its prefix, so that the function sees the same path for an
// address with and without a slash at its end.
func TestAQueryMeansAPath(t *testing.T) {
	for address, want := range map[string]string{
		"/":                         "/",
		"/?q=shop":                  "/",
		"/?api=functions":           "/api/functions",
		"/?api=functions&q=a":       "/api/functions",
		"/api/functions":            "/api/functions",
		"/api/functions/":           "/api/functions",
		"//api//functions":          "/api/functions",
		"/api/functions?api=status": "/api/functions",
		"/?asset=app.js&v=1":        "/assets",
		"/?api=../../etc/passwd":    "/etc/passwd",
		"/?api=":                    "/api",
	} {
		u, err := url.Parse("http://host" + address)
		if err != nil {
			t.Fatal(err)
		}
		if got := pathOf(u); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

func TestUnknownPathsAndMethodsAreRefused(t *testing.T) {
	d := newFake(t, &fakeSource{})
	for _, c := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/etc/passwd", 404, ""},
		{"GET", "/?api=nothing", 404, ""},
		{"GET", "/?asset=../config.go", 404, ""},
		{"POST", "/", 405, "GET, HEAD"},
		{"PUT", "/", 405, "GET, HEAD"},
		{"DELETE", "/", 405, "GET, HEAD"},
		{"PUT", "/api/overview", 405, "GET, HEAD"},
		{"DELETE", "/?api=status", 405, "GET, HEAD"},
		{"GET", "/api/pause", 405, "POST"},
		{"PUT", "/api/session", 405, "DELETE, GET, HEAD, POST"},
	} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(c.method, c.target, nil))
		if w.Code != c.status || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, allow %q", c.method, c.target, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	d := newFake(t, &fakeSource{})
	for _, target := range []string{"/", "/?asset=app.js", "/api/status", "/nothing"} {
		h := get(d, target).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Content-Security-Policy": d.policy,
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
	}
	if got := get(d, "/").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page may be stored: %q", got)
	}
	if got := get(d, "/?asset=app.js").Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("a script, whose address changes with it, may not be stored: %q", got)
	}
}

func TestAnswersAreCompressedForClientsThatAcceptIt(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns")
	for _, target := range []string{"/", "/?asset=uplot.js", "/api/status", "/api/overview", "/api/decisions.csv"} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Header.Set("Accept-Encoding", "br, gzip")
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: got %v", target, w.Header())
			continue
		}
		unpacked, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(unpacked)
		plain := get(d, target)
		if err != nil || string(got) != plain.Body.String() || plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: %v; %d bytes unpacked, %d plain", target, err, len(got), plain.Body.Len())
		}
	}
	// A session's token must not be compressed: the length would depend on it.
	r := httptest.NewRequest(http.MethodGet, "/api/session", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if w.Header().Get("Content-Encoding") != "" {
		t.Error("an answer with a secret is compressed")
	}
}
