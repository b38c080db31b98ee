package function

import (
	"net/http"
	"strings"
	"testing"

	handler "github.com/openfaas/templates-sdk/go-http"
)

// The build of the image runs this test: go test ./NAME runs it before that.
func TestACallIsGreeted(t *testing.T) {
	// An environment for the test; a map returns "" for a variable that is not set.
	environment := map[string]string{"greeting": "Good morning"}
	f, err := New(t.Context(), func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct {
		body   string
		status int
		answer string
	}{
		{"Ada", http.StatusOK, "Good morning, Ada\n"},
		{"  Ada\n", http.StatusOK, "Good morning, Ada\n"},
		{"", http.StatusBadRequest, "the body must be a name of 1 to 100 bytes, had: 0\n"},
		{strings.Repeat("a", 101), http.StatusBadRequest, "the body must be a name of 1 to 100 bytes, had: 101\n"},
	} {
		res, err := f.Handle(handler.Request{Method: http.MethodPost, Body: []byte(call.body)})
		if err != nil || res.StatusCode != call.status || string(res.Body) != call.answer {
			t.Errorf("%q: got %d %q, %v", call.body, res.StatusCode, res.Body, err)
		}
	}
}
