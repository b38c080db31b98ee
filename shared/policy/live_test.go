package policy_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/policy"
	"prewarm/shared/series"
)

// live is a function in virtual time, as the chain sees it: scrapes of its gateway, a window
// at the end of each step, the forecast of the embedded model, a decision. One replica
// serves one call. Times are seconds.
type live struct {
	step  float64
	max   int
	calls []call
}

type call struct{ at, lasts float64 }

// scrapeEvery is the time between two scrapes.
const scrapeEvery = 5

// decisions returns the wanted replicas at the end of each step, in which counts calls began.
func (l *live) decisions(t *testing.T, until float64) (wanted []int, counts []int32) {
	t.Helper()
	model, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	current := 0
	for n := forecast.MinKnown; float64(n)*l.step <= until; n++ {
		w := l.window(n)
		forecasts := make([]event.Forecast, 1)
		if errs := model.Forecast(forecasts, []event.FunctionWindow{w}); errs != nil {
			t.Fatal(errs[0])
		}
		if current == 0 && w.InFlight > 0 {
			current = 1 // the gateway has started the first replica
		}
		s := policy.State{Current: current, Available: current, MinActive: 1, Max: l.max, Concurrency: 1, Readiness: 2 * time.Second}
		current = policy.Decide(time.Unix(w.End(), 0), &forecasts[0], s, policy.DefaultConfig()).Wanted
		wanted, counts = append(wanted, current), append(counts, w.Counts[n-1])
	}
	return wanted, counts
}

// window returns what the collector would publish after n steps. As there, the calls in
// progress are left out if calls are shorter than the time between two scrapes.
func (l *live) window(n int) event.FunctionWindow {
	w := event.FunctionWindow{Function: "f.ns", Concurrency: 1, Window: series.Window{
		StepSeconds: int(l.step), Start: origin - origin%int64(l.step),
		Counts: make([]int32, n), BusySeconds: make([]float32, n), Running: make([]float32, n),
	}}
	for _, c := range l.calls {
		if i := int(c.at / l.step); i < n {
			w.Counts[i]++
		}
		if i := int((c.at + c.lasts) / l.step); i < n {
			w.BusySeconds[i] += float32(c.lasts)
		}
	}
	for i := range n {
		w.Peak = 0
		for at := scrapeEvery; at <= int(l.step); at += scrapeEvery {
			w.InFlight = l.inFlight(float64(i)*l.step + float64(at))
			w.Peak = max(w.Peak, w.InFlight)
			w.Running[i] += float32(w.InFlight) * scrapeEvery / float32(l.step)
		}
	}
	if d := w.MeanDuration(); d > 0 && d < scrapeEvery {
		w.Running = nil
	}
	return w
}

func (l *live) inFlight(at float64) (n int) {
	for _, c := range l.calls {
		if c.at < at && c.at+c.lasts >= at {
			n++
		}
	}
	return n
}

// bursts returns a function with three bursts, a minute apart or so, of some calls of some
// seconds.
func bursts(r *rand.Rand, step float64) *live {
	l := &live{step: step, max: 5}
	lasts, at := 0.5+5*r.Float64(), 120.0
	for range 3 {
		for range 4 + r.IntN(12) {
			l.calls = append(l.calls, call{at + 20*r.Float64(), lasts * (0.8 + 0.4*r.Float64())})
		}
		at += 40 + 60*r.Float64()
	}
	return l
}
