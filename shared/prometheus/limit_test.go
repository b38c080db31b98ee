package prometheus_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
)

// refusedBody is the answer of a store that refuses a query.
func refusedBody(errorType, text string) string {
	return fmt.Sprintf(`{"status":"error","errorType":%q,"error":%q}`, errorType, text)
}

// The texts are those of the stores.
func TestALimitOfTheStoreAsksForLess(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		body string
		less bool
	}{
		{"Prometheus, samples", 422, refusedBody("execution", "query processing would load too many samples into memory in query execution"), true},
		{"Prometheus, time", 503, refusedBody("timeout", "query timed out in expression evaluation"), true},
		{"Prometheus, shutdown", 503, refusedBody("canceled", "query was canceled in query execution"), false},
		{"Prometheus, syntax", 400, refusedBody("bad_data", `invalid parameter "query": 1:7: parse error: unexpected "}"`), false},
		{"Prometheus, storage", 500, refusedBody("internal", "block is gone"), false},
		{"Thanos, series", 422, refusedBody("execution", "expanding series: proxy Series(): rpc error: code = Aborted desc = receive series from Addr: store:10901: rpc error: code = ResourceExhausted desc = exceeded series limit: limit 10 violated (got 12)"), true},
		{"Cortex, store gateway", 500, refusedBody("internal", "rpc error: code = ResourceExhausted desc = exceeded series limit: rpc error: code = Code(422) desc = limit 12000 violated (got 12704)"), true},
		{"Cortex, range", 400, "the query time range exceeds the limit (query length: 2h0m0s, limit: 1h0m0s)", true},
		{"Cortex, chunks", 422, refusedBody("execution", "expanding series: the query hit the max number of chunks limit (limit: 2000000 chunks)"), true},
		{"Mimir, range", 400, refusedBody("bad_data", "the total query time range exceeds the limit (query length: 1440h0m0s, limit: 744h0m0s) (err-mimir-max-total-query-length). To adjust the related per-tenant limit, configure -query-frontend.max-total-query-length, or contact your service administrator."), true},
		{"Mimir, series", 422, refusedBody("execution", "expanding series: the query exceeded the maximum number of series (limit: 5 series) (err-mimir-max-series-per-query)."), true},
		{"Mimir, size", 413, refusedBody("too_large_entry", "response larger than the max message size (104857700 vs 104857600)"), true},
		{"Mimir, rate", 429, refusedBody("too_many_requests", "too many outstanding requests"), true},
		{"VictoriaMetrics, samples", 422, refusedBody("422", "cannot select more than -search.maxSamplesPerQuery=1000000000 samples; possible solutions: increase the -search.maxSamplesPerQuery"), true},
		{"VictoriaMetrics, series", 422, refusedBody("422", "the number of matching timeseries exceeds 30000; either narrow down the search or increase -search.max* command-line flag values"), true},
		{"VictoriaMetrics, time", 503, refusedBody("503", "timeout exceeded during query execution: 30.000 seconds; the timeout can be adjusted with -search.maxQueryDuration"), true},
		{"VictoriaMetrics, storage", 503, refusedBody("503", "all the vmstorage nodes are unavailable"), false},
		{"VictoriaMetrics, syntax", 422, refusedBody("422", "unparsed data left"), false},
		{"proxy, time", 504, "<html>Gateway Time-out</html>", true},
		{"proxy, store down", 502, "<html>Bad Gateway</html>", false},
		{"no tenant", 401, "no org id\n", false},
		{"error in a 200", 200, refusedBody("execution", "too many samples"), true},
	} {
		_, err := status(t, c.code, c.body)
		if prom.AskLess(err) != c.less || errors.Is(err, prom.ErrLimit) != c.less || errors.Is(err, prom.ErrStatus) == c.less {
			t.Errorf("%s: got %v, want AskLess %v", c.name, err, c.less)
		}
	}
}

func TestTheTextOfARefusalIsThatOfTheStore(t *testing.T) {
	_, err := status(t, 422, refusedBody("execution", "too many samples"))
	if want := `query calls: prometheus: query exceeds a limit: 422 Unprocessable Entity: "too many samples"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = status(t, 422, refusedBody("422", "cannot fetch data for "+strings.Repeat("x", 60_000)+": cannot select more than -search.maxSamplesPerQuery=10 samples"))
	if !prom.AskLess(err) || len(err.Error()) > 700 || !strings.Contains(err.Error(), "cannot fetch data for xx") || !strings.Contains(err.Error(), "xx: cannot select more than") {
		t.Errorf("of a long text begin and end are shown, got %v", err)
	}
}

func TestAnAnswerAboveTheBoundsOfTheClientAsksForLess(t *testing.T) {
	if _, err := status(t, 200, matrix(strings.Repeat(" ", 5000))); !prom.AskLess(err) {
		t.Errorf("got %v", err)
	}
	if prom.AskLess(nil) || prom.AskLess(prom.ErrPartial) || prom.AskLess(context.Canceled) {
		t.Error("less does not help here")
	}
}

// The store sends the begin of an answer and then nothing until the client gives up.
func TestADeadlineThatPassesWhileTheAnswerArrivesAsksForLess(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1001,"1"]]},`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	err := prom.New(prom.Config{URL: srv.URL}, nil).Each(ctx, "calls", nil, from, to, func(prom.Series) error { return nil })
	if !prom.AskLess(err) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, prom.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}
