package testbed

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestGetReturnsStatusAndBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "short and stout at "+r.URL.Path)
	}))
	defer server.Close()
	if status, body := Get(t, server.URL+"/pot"); status != http.StatusTeapot || body != "short and stout at /pot" {
		t.Errorf("%d %q", status, body)
	}
}
