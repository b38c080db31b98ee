package demand_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/prometheus/demand"
)

// TestThePageOfTheUsualClientIsRead: the page is written by the library that the gateway uses.
func TestThePageOfTheUsualClientIsRead(t *testing.T) {
	reg := prometheus.NewRegistry()
	started := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gateway_function_invocation_started"}, []string{"function_name"})
	ended := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gateway_function_invocation_total"}, []string{"function_name", "code"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gateway_functions_seconds"}, []string{"function_name", "code"})
	reg.MustRegister(started, ended, seconds)
	started.WithLabelValues("f.openfaas-fn").Add(2e6)
	ended.WithLabelValues("f.openfaas-fn", "200").Add(2e6 - 5)
	ended.WithLabelValues("f.openfaas-fn", "500").Add(1)
	seconds.WithLabelValues("f.openfaas-fn", "200").Observe(1)
	srv := httptest.NewServer(promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	defer srv.Close()
	r, err := demand.NewGateway(srv.URL).Read(context.Background())
	if err != nil || len(r.InFlight) != 1 || r.InFlight["f.openfaas-fn"] != 4 {
		t.Errorf("got %v, %v; want 4 calls in flight", r, err)
	}
}

func TestAnAnswerThatIsNoPageIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
		text   string
	}{
		"refused":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, demand.ErrPage, "was: 401"},
		"redirected": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, nil, "gateway_metrics_url must be"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "gateway_function_invocation_started{function_name=\"f\"} 1\n")
		}, io.ErrUnexpectedEOF, ""},
	} {
		srv := httptest.NewServer(c.answer)
		_, err := demand.NewGateway(srv.URL).Read(context.Background())
		srv.Close()
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
