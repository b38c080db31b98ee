package platform_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// TestOneTraceLeadsFromCronToTheScaleCall runs the whole chain, with a collector of
// OpenTelemetry in this process. A function that is called and left alone is released.
func TestOneTraceLeadsFromCronToTheScaleCall(t *testing.T) {
	spans := testbed.NewSpans(t)
	w := start(t, gateway.Standard, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": spans.URL, "OTEL_BSP_SCHEDULE_DELAY": "200", // milliseconds
		"readiness_default": "200ms", "watch": "0", // steps alone move functions
	})
	w.deploy("active", "active", time.Hour)
	w.call("active")
	var path []testbed.Span
	until(t, "a scale call is in a trace that begins with a tick", func() bool {
		path = scalePath(spans.All(), "active.openfaas-fn")
		return path != nil
	})
	scale := path[0]
	moved := w.decided("active", func(d event.Decision) bool { return d.Reason == scale.Text("prewarm.reason") })
	if len(moved) == 0 || int64(moved[0].Current) != scale.Number("prewarm.from") || int64(moved[0].Applied) != scale.Number("prewarm.to") {
		t.Errorf("no decision says what the span says: %v", scale)
	}
	for i, span := range path[:len(path)-1] {
		if span.StartTimeUnixNano < path[i+1].StartTimeUnixNano {
			t.Errorf("%s begins before %s above it", span.Name, path[i+1].Name)
		}
	}
}

// scalePath returns the spans from a scale call of a function up to the tick, nil if there is
// none yet.
func scalePath(all []testbed.Span, function string) []testbed.Span {
	want := []string{
		"prewarm-scaler scale", "prewarm-scaler decide", "prewarm-predictor forecast",
		"prewarm-collector publish windows", "prewarm-collector tick",
	}
	for _, span := range all {
		if span.Name != "scale" || span.Text("prewarm.function") != function {
			continue
		}
		path, names := []testbed.Span{span}, []string{}
		for above, ok := span.Parent(all); ok; above, ok = above.Parent(all) {
			path = append(path, above)
		}
		for _, s := range path {
			names = append(names, fmt.Sprint(s.Service, " ", s.Name))
		}
		if slices.Equal(names, want) {
			return path
		}
	}
	return nil
}
