package dashboard

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

var key = []byte("0123456789abcdef")

const token = "a-token-of-the-operator"

// origin is the end of the last step in these stories; the page is looked at
// half a minute later.
const origin = 1_790_000_040

// fakeSource hands out what was put into it, and then what comes.
type fakeSource struct {
	mu     sync.Mutex
	bodies map[string]chan []byte
	health error
	paused bool
	blind  error // with which the pause switch is read

	archive [][]byte
	broken  error
}

func (f *fakeSource) channel(subject string) chan []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bodies == nil {
		f.bodies = map[string]chan []byte{}
	}
	if f.bodies[subject] == nil {
		f.bodies[subject] = make(chan []byte, 64)
	}
	return f.bodies[subject]
}

func (f *fakeSource) Follow(ctx context.Context, subject string, _ time.Duration, fn func([]byte)) error {
	bodies := f.channel(subject)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case body := <-bodies:
			if body == nil {
				return errors.New("the source is exhausted")
			}
			fn(body)
		}
	}
}

func (f *fakeSource) Health(context.Context) error         { return f.health }
func (f *fakeSource) Paused(context.Context) (bool, error) { return f.paused, f.blind }

func (f *fakeSource) SetPaused(_ context.Context, paused bool) error {
	if f.health == nil {
		f.paused = paused
	}
	return f.health
}

// Replay hands out the archive, and then fails where the story says so.
func (f *fakeSource) Replay(_ context.Context, _ string, _ time.Duration, fn func([]byte)) error {
	for _, body := range f.archive {
		fn(body)
	}
	return f.broken
}

// newFake returns a dashboard that nothing feeds yet.
func newFake(t testing.TB, source *fakeSource) *Dashboard {
	t.Helper()
	return newDashboard(Config{
		Key: key, Step: time.Minute, Refresh: 30 * time.Second, History: time.Hour, MaxFunctions: 2000,
		Stream: time.Minute, KeepAlive: 10, AlertCold: 1.5, Token: token, Path: "/function/dashboard",
	}, source, func() time.Time { return time.Unix(origin+30, 0) }, slog.New(slog.DiscardHandler))
}

func seal(t testing.TB, typ string, payload event.Payload) []byte {
	t.Helper()
	return sealAt(t, origin, typ, payload)
}

func sealAt(t testing.TB, step int64, typ string, payload event.Payload) []byte {
	t.Helper()
	_, body, err := event.Seal(key, typ, step, "0", payload)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// window has a burst of three calls every tenth step, and steps 70 to 74 unknown.
func window(name string, steps int) event.FunctionWindow {
	w := event.FunctionWindow{Function: name, InFlight: 1, Concurrency: 1}
	w.StepSeconds, w.Start = 60, origin-int64(steps)*60
	for i := range steps {
		count := int32(0)
		switch {
		case i >= 70 && i < 75:
			count = series.NoData
		case i%10 == 9:
			count = 3
		}
		w.Counts = append(w.Counts, count)
	}
	return w
}

// forecast expects the next burst at the tenth step, less surely each time.
func forecast(name string) event.Forecast {
	f := event.Forecast{Function: name, Origin: origin, StepSeconds: 60, ExpectedCold: 2.5, Evidence: 18, Observation: event.Observation{InFlight: 1}}
	for h := range event.Horizons {
		near := math.Exp(-math.Pow(float64(h%10)-9, 2)/(1+float64(h)/6)) / (1 + float64(h)/60)
		f.PActive = append(f.PActive, event.Prob(near))
		f.NeedQ50 = append(f.NeedQ50, int32(math.Round(near)))
		f.NeedQ90 = append(f.NeedQ90, int32(math.Round(near*2)))
		f.NeedQ95 = append(f.NeedQ95, int32(math.Round(near*3)))
		f.NeedQ99 = append(f.NeedQ99, int32(math.Round(near*4)))
	}
	f.Recent = append(f.Recent, window(name, 60).Counts...)
	return f
}

func decision(name string, step int64) event.Decision {
	return event.Decision{
		Function: name, Step: step, Time: time.Unix(step+2, 0).UTC(), Mode: "active", Direction: "up",
		Current: 0, Wanted: 1, Applied: 1, Observed: -1, Model: "lstm-1",
		Reason: "chance of a call within 2 steps is 84.0 %, cost ratio 5.0 %: 1 warm",
		Inputs: event.Inputs{CostRatio: 0.05, LookaheadSteps: 2, ReadinessSeconds: 4.2, ReadinessMeasured: true, PActive: 0.84, PMore: 0.02, RecentNeed: -1, Min: 0, Max: 5, CallsPerReplica: 12.5, CapacityModel: "resize 1"},
	}
}

// feed gives the dashboard one step of the chain about the named functions.
func feed(t testing.TB, d *Dashboard, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := tell(t, d, origin, name); err != nil {
			t.Fatal(err)
		}
	}
}

// tell gives the dashboard the messages of the chain about one step of a
// function, and returns why any was refused.
func tell(t testing.TB, d *Dashboard, step int64, name string) error {
	t.Helper()
	w, f := window(name, 180), forecast(name)
	w.Start, f.Origin = w.Start+step-origin, step
	return errors.Join(
		d.intake.windows(sealAt(t, step, event.TypeWindows, &event.Windows{Windows: []event.FunctionWindow{w}})),
		d.intake.forecasts(sealAt(t, step, event.TypeForecasts, &event.Forecasts{Model: "lstm-1", Forecasts: []event.Forecast{f}})),
		d.intake.decisions(sealAt(t, step, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{decision(name, step)}})),
	)
}

func get(d *Dashboard, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}
