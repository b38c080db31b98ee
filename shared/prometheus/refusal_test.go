package prometheus_test

import (
	"errors"
	"net/http"
	"testing"

	prom "prewarm/shared/prometheus"
)

// FuzzRefusal reads whatever a store or a proxy answers instead of a result: the error has
// one of two causes, on which the collector branches, and a bounded text.
func FuzzRefusal(f *testing.F) {
	f.Add(422, refusedBody("execution", "too many samples"))
	f.Add(401, "no org id")
	f.Add(500, `{"error":{"a":1},"errorType":null}`)
	f.Fuzz(func(t *testing.T, code int, body string) {
		err := prom.Refusal(code, http.StatusText(code), []byte(body))
		if errors.Is(err, prom.ErrLimit) == errors.Is(err, prom.ErrStatus) || len(err.Error()) > 4000 {
			t.Errorf("%d %q: %v", code, body, err)
		}
	})
}
