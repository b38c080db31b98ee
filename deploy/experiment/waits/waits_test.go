package waits_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prewarm/deploy/experiment/waits"
)

// histogram is one series in the text format.
func histogram(name, function string, bounds []float64, cumulative []int, sum float64) string {
	var b strings.Builder
	for i, upper := range bounds {
		fmt.Fprintf(&b, "%s_bucket{function_name=%q,le=\"%g\"} %d\n", name, function, upper, cumulative[i])
	}
	n := cumulative[len(cumulative)-1]
	fmt.Fprintf(&b, "%[1]s_bucket{function_name=%[2]q,le=\"+Inf\"} %[3]d\n%[1]s_sum{function_name=%[2]q} %[4]g\n%[1]s_count{function_name=%[2]q} %[3]d\n", name, function, n, sum)
	return b.String()
}

const (
	cold  = "prewarm_local_cold_start_wait_seconds"
	queue = "prewarm_local_queue_wait_seconds"
)

// page is the metrics of a gateway with two functions and one of the suite.
func page(scale int) string {
	bounds := []float64{0.1, 0.2, 0.4}
	of := func(n ...int) []int {
		for i := range n {
			n[i] *= scale
		}
		return n
	}
	return "# TYPE " + cold + " histogram\n" +
		histogram(cold, "a.openfaas-fn", bounds, of(0, 0, 4), 1.2*float64(scale)) +
		histogram(cold, "scaler.openfaas-fn", bounds, of(0, 0, 100), 30*float64(scale)) +
		"# TYPE " + queue + " histogram\n" +
		histogram(queue, "a.openfaas-fn", bounds, of(2, 4, 4), 0.4*float64(scale)) +
		histogram(queue, "b.openfaas-fn", bounds, of(1, 2, 2), 0.2*float64(scale)) +
		"other_total 7\n"
}

func serve(t *testing.T, pages ...string) string {
	next := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if next == len(pages) {
			http.Error(w, "gone", http.StatusGone)
			return
		}
		_, _ = w.Write([]byte(pages[next]))
		next++
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestWaitsBetweenTwoReadings(t *testing.T) {
	url := serve(t, page(1), page(3))
	functions := []string{"a", "b"}
	before, err := waits.Read(t.Context(), url, functions)
	if err != nil {
		t.Fatal(err)
	}
	after, err := waits.Read(t.Context(), url, functions)
	if err != nil {
		t.Fatal(err)
	}
	got := after.Since(before)
	if got.Count != 20 || math.Abs(got.Seconds-3.6) > 1e-9 || math.Abs(got.Mean()-0.18) > 1e-9 {
		t.Errorf("%v waits of %v s, mean %v; want 20 of 3.6 s: those of two functions", got.Count, got.Seconds, got.Mean())
	}
	// 6 waits up to 0.1 s, 12 up to 0.2 s, 20 up to 0.4 s.
	for q, want := range map[float64]float64{0.15: 0.05, 0.3: 0.1, 0.6: 0.2, 0.8: 0.3, 1: 0.4} {
		if v := got.Quantile(q); math.Abs(v-want) > 1e-9 {
			t.Errorf("quantile %v is %v, want %v", q, v, want)
		}
	}
}

func TestWithoutWaitsMeanAndQuantileAreZero(t *testing.T) {
	w, err := waits.Read(t.Context(), serve(t, "other_total 7\n"), []string{"a"})
	if err != nil || w.Count != 0 || w.Mean() != 0 || w.Quantile(0.95) != 0 {
		t.Errorf("got %+v, %v", w, err)
	}
}

func TestWaitsBeyondTheLastBound(t *testing.T) {
	text := "# TYPE " + queue + " histogram\n" + histogram(queue, "a.ns", []float64{0.5}, []int{0}, 9)
	text = strings.NewReplacer(`le="+Inf"} 0`, `le="+Inf"} 3`, "_count{function_name=\"a.ns\"} 0", "_count{function_name=\"a.ns\"} 3").Replace(text)
	w, err := waits.Read(t.Context(), serve(t, text), []string{"a"})
	if err != nil || w.Count != 3 || w.Quantile(0.9) != 0.5 {
		t.Errorf("got %+v with a quantile of %v, %v", w, w.Quantile(0.9), err)
	}
}

func TestMetricsThatCannotBeReadAreAnError(t *testing.T) {
	negative := "# TYPE " + queue + " histogram\n" + histogram(queue, "a.ns", []float64{0.5}, []int{1}, -9)
	for _, c := range []struct{ want, url string }{
		{"answered 410", serve(t)},
		{"text format", serve(t, "{{{\n")},
		{"not negative, was: -9", serve(t, negative)},
		{"unsupported protocol", "nowhere"},
	} {
		if _, err := waits.Read(t.Context(), c.url, []string{"a"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %s, got %v", c.want, err)
		}
	}
}
