package collector

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/event"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

// windowsOf returns the windows of the messages that end at the same step as the last one,
// and the IDs of these messages.
func (w *world) windowsOf() (windows map[string]event.FunctionWindow, ids []string) {
	w.t.Helper()
	windows = map[string]event.FunctionWindow{}
	for _, m := range w.sent {
		var got event.Windows
		env, err := event.Open(testKeys, event.TypeWindows, m.body, &got)
		if err != nil {
			w.t.Fatal(err)
		}
		if env.Step != w.sent[len(w.sent)-1].env.Step {
			continue
		}
		ids = append(ids, env.ID)
		for _, f := range got.Windows {
			windows[f.Function] = f
		}
	}
	return windows, ids
}

// The window of one function is not valid. It is sent without data and with the reason, and
// the others of its batch as they are.
func TestAnInvalidWindowFailsNoOther(t *testing.T) {
	w := newWorld(t)
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("f%02d.openfaas-fn", i))
	}
	w.deploy(names...)
	w.pass(5*time.Minute, func() { w.call(names[7], 1); w.call(names[8], 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	c.cache.windows[names[7]].errors = slices.Repeat([]int32{-3}, c.cache.steps)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	windows, _ := w.windowsOf()
	if len(windows) != 20 || !slices.Equal(windows[names[8]].Counts, []int32{11, 12, 12, 12, 12, 0}) {
		t.Errorf("%d windows, want 20; the next one has %v", len(windows), windows[names[8]].Counts)
	}
	if bad := windows[names[7]]; !slices.Equal(bad.Counts, []int32{series.NoData}) || bad.InFlight != -1 || !strings.Contains(bad.Note, "errors[0]") {
		t.Errorf("got %+v", bad)
	}
	if n := testutil.ToFloat64(c.metrics.invalid); n != 1 {
		t.Errorf("counted %v", n)
	}
}

// Functions with the largest numbers make a batch larger than a message. It is sent in parts,
// each with an ID of its own, and again with the same IDs after the bus has failed.
func TestABatchThatIsTooLargeIsSentInParts(t *testing.T) {
	w := newWorld(t)
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("f%02d.openfaas-fn", i))
	}
	w.deploy(names...)
	w.pass(5*time.Minute, nil)
	cfg := w.config()
	cfg.WindowSteps, cfg.Batch = 1000, 25
	c := w.collectorOf(cfg)
	w.tick(c, resultPublished)
	for _, one := range c.cache.windows {
		for i := range one.counts {
			one.quality[i] = invocation.Spread
			one.counts[i] = math.MaxInt32
		}
		one.errors, one.busy = slices.Clone(one.counts), slices.Repeat([]float32{1.2345678e30}, cfg.WindowSteps)
		one.running = one.busy
	}
	w.pass(time.Minute, nil)
	w.busFailures = 1
	w.tick(c, resultBus)
	w.tick(c, resultPublished)
	windows, ids := w.windowsOf()
	slices.Sort(ids)
	if len(windows) != 60 || len(ids) < 4 || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%d windows in messages %v", len(windows), ids)
	}
}
