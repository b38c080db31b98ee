package predictor

import (
	"net/http"
	"testing"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/serve"
	"prewarm/shared/testbed"
	"prewarm/shared/tracing"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// delivered forecasts one window in the trace of parent, and returns the spans and the trace of
// the message that is published.
func delivered(t *testing.T, w event.FunctionWindow, chance event.Prob) ([]testbed.Span, string) {
	t.Helper()
	spans := testbed.NewSpans(t)
	p, s := newTest(keys)
	p.model = likely(chance)
	p.tracer = tracing.New(tracing.ReadConfig(config.NewReader(func(key string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": spans.URL}[key]
	})), "prewarm-predictor", p.log)
	req := handler.Request{Method: http.MethodPost, Body: []byte(batch(t, 780, w)), Header: http.Header{serve.CallerHeader: {serve.Delivery}}}
	req.Header.Set(event.TraceHeader, parent)
	req.WithContext(t.Context())
	if res, err := p.Handle(req); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("answered %d %s, %v", res.StatusCode, res.Body, err)
	}
	p.Close()
	return spans.All(), s.trace
}

// likely is a model that gives a call the same chance in all steps, and states what it has seen.
type likely event.Prob

func (likely) Version() string { return "likely" }

func (l likely) Forecast(out []event.Forecast, windows []event.FunctionWindow) []error {
	errs := model{}.Forecast(out, windows)
	for i, w := range windows {
		for k := range out[i].PActive {
			out[i].PActive[k], out[i].NeedQ90[k], out[i].NeedQ95[k], out[i].NeedQ99[k] = event.Prob(l), 0, 0, 0
		}
		out[i].Recent = w.Counts
	}
	return errs
}

func TestABatchInWhichSomethingStirsHasASpan(t *testing.T) {
	for cause, tell := range map[string]struct {
		window event.FunctionWindow
		chance event.Prob
	}{
		"a call was there": {window(0, 1, 0), 0},
		"a call is likely": {window(0, 0, 0), 0.05},
	} {
		spans, trace := delivered(t, tell.window, tell.chance)
		if len(spans) != 1 || spans[0].Name != "forecast" || spans[0].Number("prewarm.functions") != 1 || spans[0].Text("prewarm.batch") != "prewarm.windows/780/7" {
			t.Fatalf("%s: got %v", cause, spans)
		}
		if event.CheckTrace(trace) == "" || trace == parent || trace[:35] != parent[:35] {
			t.Errorf("%s: the forecasts are published in %q", cause, trace)
		}
	}
}

// A batch of functions that sleep stays in the trace of the tick, in case that one of them moves.
func TestABatchInWhichAllSleepHasNone(t *testing.T) {
	spans, trace := delivered(t, window(0, 0, 0), 0.005)
	if len(spans) != 0 || trace != parent {
		t.Errorf("%d spans, published in %q", len(spans), trace)
	}
}
