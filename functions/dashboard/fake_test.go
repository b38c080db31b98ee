package dashboard

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

const key = "0123456789abcdef"

var keys = event.NewKeys("", []byte(key))

const token = "a-token-of-the-operator"

// origin is the end of the last step in these tests. The clock of the dashboard
// is half a minute later.
const origin = 1_790_000_040

// fakeSource is a message stream in memory.
type fakeSource struct {
	mu     sync.Mutex
	bodies map[string]chan []byte // new messages of each subject
	health error

	paused      bool
	pauseNote   string
	switchError error // of reading the pause switch

	modes     map[string]event.Mode
	modeError error // of setting and clearing a mode

	archive     [][]byte // messages that Replay passes on
	replayError error    // that Replay ends with
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

func (f *fakeSource) Health(context.Context) error { return f.health }

func (f *fakeSource) Paused(context.Context) (event.Pause, error) {
	return event.Pause{Paused: f.paused, Note: f.pauseNote}, f.switchError
}

func (f *fakeSource) SetPaused(_ context.Context, p event.Pause) error {
	if f.health == nil {
		f.paused, f.pauseNote = p.Paused, ""
		return p.Validate()
	}
	return f.health
}

func (f *fakeSource) Modes(context.Context) (map[string]event.Mode, error) {
	return maps.Clone(f.modes), f.health
}

func (f *fakeSource) SetMode(_ context.Context, mode event.Mode) error {
	if f.modeError == nil {
		f.modes = maps.Clone(f.modes)
		if f.modes == nil {
			f.modes = map[string]event.Mode{}
		}
		f.modes[mode.Function] = mode
	}
	return cmp.Or(f.modeError, mode.Validate())
}

func (f *fakeSource) ClearMode(_ context.Context, function string) error {
	if f.modeError == nil {
		delete(f.modes, function)
	}
	return f.modeError
}

func (f *fakeSource) Replay(_ context.Context, _ string, _ time.Duration, fn func([]byte)) error {
	for _, body := range f.archive {
		fn(body)
	}
	return f.replayError
}

// newFake returns a dashboard without any message.
func newFake(t testing.TB, source *fakeSource) *Dashboard {
	t.Helper()
	return newDashboard(Config{
		Keys: keys, Step: time.Minute, Refresh: 30 * time.Second, History: time.Hour, MaxFunctions: 2000,
		Stream: time.Minute, KeepAlive: 10, AlertCold: 1.5, Token: token, Path: "/function/dashboard",
	}, source, func() time.Time { return time.Unix(origin+30, 0) }, slog.New(slog.DiscardHandler))
}

func seal(t testing.TB, typ string, payload event.Payload) []byte {
	t.Helper()
	return sealAt(t, origin, typ, payload)
}

func sealAt(t testing.TB, step int64, typ string, payload event.Payload) []byte {
	t.Helper()
	_, body, err := event.Seal(keys, typ, step, "0", payload)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// window has three calls in every tenth step, and no data in steps 70 to 74.
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

// forecast predicts calls in every tenth step, each time with less certainty.
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
		Inputs: event.Inputs{CostRatio: 0.05, Prices: &event.Prices{Idle: 7.5, Cold: 150, MemoryBytes: 128 << 20, MemoryFrom: event.MemoryOwn},
			LookaheadSteps: 2, ReadinessSeconds: 4.2, ReadinessMeasured: true, PActive: 0.84, PMore: 0.02, RecentNeed: -1, Settled: []int32{0, 2, -1}, Peak: 3, ExpectedCold: 2.5, ExpectedColdLeft: 1.6, Started: -1, MemoryBytes: 128 << 20, Min: 0, Max: 5, CallsPerReplica: 12.5, CapacityModel: "resize 1"},
	}
}

// feed gives the dashboard the messages of one step about the named functions.
func feed(t testing.TB, d *Dashboard, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := receive(t, d, origin, name); err != nil {
			t.Fatal(err)
		}
	}
}

// receive gives the dashboard the messages of one step about one function. It
// returns the errors of those that were refused.
func receive(t testing.TB, d *Dashboard, step int64, name string) error {
	t.Helper()
	w, f := window(name, 180), forecast(name)
	w.Start, f.Origin = w.Start+step-origin, step
	return errors.Join(
		d.receiver.windows(sealAt(t, step, event.TypeWindows, &event.Windows{Windows: []event.FunctionWindow{w}})),
		d.receiver.forecasts(sealAt(t, step, event.TypeForecasts, &event.Forecasts{Model: "lstm-1", Forecasts: []event.Forecast{f}})),
		d.receiver.decisions(sealAt(t, step, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{decision(name, step)}})),
	)
}

func get(d *Dashboard, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// replay gives the dashboard steps of a function, one by one. Calls come every
// fifth step, and the forecasts predict them with a chance of 0.8.
func replay(d *Dashboard, name string, steps int) {
	needs := []int32{}
	for i := range steps {
		at := int64(origin + 60*i)
		needs = append(needs, busy(i))
		f := event.Forecast{Function: name, Origin: at + 60, StepSeconds: 60, Observation: event.Observation{Recent: slices.Clone(needs)}, Evidence: 9}
		for h := range event.Horizons {
			p, n := event.Prob(0.1), int32(0)
			if busy(i+1+h) > 0 {
				p, n = 0.8, 2
			}
			f.PActive, f.NeedQ50, f.NeedQ90 = append(f.PActive, p), append(f.NeedQ50, n), append(f.NeedQ90, n)
			f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, n), append(f.NeedQ99, n)
		}
		d.view.AddForecasts(at+60, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})
		made := decision(name, at+60)
		made.Inputs.RecentNeed, made.Inputs.Settled, made.Inputs.Started = busy(i), []int32{busy(i)}, i%2
		made.Current, made.Wanted, made.Applied = 1, 1, -1
		batch := event.Decisions{Decisions: []event.Decision{made}}
		d.view.AddDecisions(at+60, &batch)
		d.ledger.AddDecisions(&batch)
	}
}

// lagging gives the dashboard a function of a store that lags: its last step is not wholly
// measured, two before were measured together, and a metric is missing.
func lagging(d *Dashboard, name string) {
	w, f := window(name, 180), forecast(name)
	w.Spread, w.AtLeast = []series.Span{{176, 178}}, []series.Span{{179, 180}}
	w.Peak, w.Note = 4, "gateway_function_invocation_inflight is missing"
	f.Estimated, f.Provisional, f.Peak, f.Note = []series.Span{{56, 58}, {59, 60}}, true, w.Peak, w.Note
	f.Earlier = []event.Occurrence{{Ago: 300, Need: 2, Load: 1.5}}
	d.view.AddWindows(origin, &event.Windows{Windows: []event.FunctionWindow{w}})
	d.view.AddForecasts(origin, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})
}

// fought gives the dashboard a function whose replicas other controllers set back, and
// whose mode the operator has set.
func fought(d *Dashboard, name string) {
	for i := range int64(6) {
		at := origin + 60*i
		made := decision(name, at)
		made.Others, made.Annotated = []string{"idler", "autoscaler"}, "observe"
		made.Current, made.Observed, made.Inputs.NotReady = 0, 1, 1
		if i%2 == 1 {
			made.SetBack = &event.SetBack{By: "idler", From: 1, To: 0}
		}
		f := forecast(name)
		f.Origin, f.Recent = at+60, []int32{1}
		d.view.AddForecasts(at, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})
		d.view.AddDecisions(at, &event.Decisions{Decisions: []event.Decision{made}})
	}
}

func busy(i int) int32 {
	if i%5 == 0 {
		return 2
	}
	return 0
}
