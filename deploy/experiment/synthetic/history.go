//go:build unix

package synthetic

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// scrapeDelay is the time from the end of a step to its sample in the history.
const scrapeDelay = time.Millisecond

// Import writes the history of the functions into a VictoriaMetrics: one sample at the end of
// each step, of the metrics that the collector reads, up to the first scrape of the gateway. It
// leaves out the buckets of the histogram, which the collector does not read.
//
// Source: VictoriaMetrics, "How to import data in JSON line format", /api/v1/import.
func (g *Gateway) Import(ctx context.Context, storeURL string) error {
	g.mu.Lock()
	end := g.scraped
	g.mu.Unlock()
	if end.IsZero() {
		end = time.Now()
	}
	body, text := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(text, 1<<20)
		g.writeHistory(w, end.Add(-scrapeDelay))
		_ = text.CloseWithError(w.Flush())
	}()
	defer body.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, storeURL+"/api/v1/import", body)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("import the history: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("import the history: the store answered %s", res.Status)
	}
	return nil
}

// history writes series with the same times.
type history struct {
	out      *bufio.Writer
	instance string
	times    []byte
	values   []byte
}

// writeHistory writes the series of all functions and of their gateway. The writer keeps its
// error until it is flushed.
func (g *Gateway) writeHistory(w *bufio.Writer, until time.Time) {
	h := &history{out: w, instance: g.Addr()}
	var begins []int64 // of the steps that end at the times
	for at := g.opts.Began; !at.Add(g.opts.Step).After(until); at = at.Add(g.opts.Step) {
		begins = append(begins, at.Unix())
		h.times = appendNumber(h.times, float64(at.Add(g.opts.Step+scrapeDelay).UnixMilli()))
	}
	if len(begins) == 0 {
		return
	}
	one := func(int) float64 { return 1 }
	h.series("up", nil, len(begins), one)
	h.series("process_start_time_seconds", nil, len(begins), func(int) float64 { return float64(g.opts.Began.Unix()) })
	calls := make([]int, len(begins))
	for i := range g.functions {
		f := &g.functions[i]
		total := 1
		for k, begin := range begins {
			total += g.opts.burst(i, begin).calls()
			calls[k] = total
		}
		counted := func(k int) float64 { return float64(calls[k]) }
		name := map[string]string{"function_name": f.label()}
		ended := map[string]string{"function_name": f.label(), "code": "200"}
		h.series("gateway_service_count", name, len(begins), one)
		h.series("gateway_function_invocation_started", name, len(begins), counted)
		h.series("gateway_function_invocation_total", ended, len(begins), counted)
		h.series("gateway_functions_seconds_sum", ended, len(begins), func(k int) float64 { return counted(k) * f.duration.Seconds() })
	}
}

// series writes one series with n values.
func (h *history) series(name string, labels map[string]string, n int, value func(int) float64) {
	metric := map[string]string{"__name__": name, "job": "gateway", "instance": h.instance}
	for label, text := range labels {
		metric[label] = text
	}
	text, _ := json.Marshal(metric) // strings: it cannot fail
	h.values = h.values[:0]
	for k := range n {
		h.values = appendNumber(h.values, value(k))
	}
	fmt.Fprintf(h.out, `{"metric":%s,"values":[%s],"timestamps":[%s]}`+"\n", text, h.values, h.times)
}

// appendNumber appends an element of a list.
func appendNumber(list []byte, x float64) []byte {
	if len(list) > 0 {
		list = append(list, ',')
	}
	return strconv.AppendFloat(list, x, 'f', -1, 64)
}
