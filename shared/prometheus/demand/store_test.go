package demand_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/demand"
)

func TestTheStoreIsAskedOnceForAllGateways(t *testing.T) {
	var queries []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.FormValue("query"))
		io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[
			{"metric":{"function_name":"a.dev"},"value":[30,"4"]},{"metric":{"function_name":"b.dev"},"value":[30,"0.2"]},{"metric":{},"value":[30,"9"]}]}}`)
	}))
	defer srv.Close()
	client := prom.New(prom.Config{URL: srv.URL, Matchers: []prom.Matcher{{Label: "job", Op: "=", Value: "gateway"}}}, nil)
	got, err := demand.Store{Client: client}.Read(context.Background(), time.Unix(0, 0), time.Unix(30, 0))
	if err != nil || !maps.Equal(got.InFlight, map[string]int{"a.dev": 4}) {
		t.Errorf("got %v, %v", got, err)
	}
	started := `sum by (function_name) (last_over_time(gateway_function_invocation_started{job="gateway"}[30000ms]))`
	ended := `sum by (function_name) (last_over_time(gateway_function_invocation_total{job="gateway"}[30000ms]))`
	if want := started + " - (" + ended + " or 0 * " + started + ") > 0"; len(queries) != 1 || queries[0] != want {
		t.Errorf("asked %q, want %q", queries, want)
	}
}
