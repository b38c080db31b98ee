package testbed

import (
	"net/http"
	"strings"
	"testing"
)

func TestWhatIsNoExportIsRefused(t *testing.T) {
	s := NewSpans(t)
	for _, path := range []string{"/v1/traces", "/v1/metrics"} {
		res, err := http.Post(s.URL+path, "text/plain", strings.NewReader("no span"))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusBadRequest || len(s.All()) != 0 {
			t.Errorf("%s: got %d and %d spans", path, res.StatusCode, len(s.All()))
		}
	}
}
