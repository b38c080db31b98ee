package forecast_test

import (
	"slices"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

func TestAForecastReportsItsObservations(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	w := window(20, func(i int) int32 { return int32(i % 2 * 30) })
	w.BusySeconds = make([]float32, 20)
	for i := range w.BusySeconds {
		w.BusySeconds[i] = float32(w.Counts[i]) * 4 // 30 calls of 4 s: two replicas
	}
	f := forecastOne(t, p, w)
	if f.Function != w.Function || f.Origin != 7200+20*60 || f.StepSeconds != 60 || f.InFlight != 2 || f.Evidence != 10 {
		t.Errorf("got %+v", f)
	}
	if !slices.Equal(f.Recent[16:], []int32{0, 2, 0, 2}) || len(f.Recent) != 20 {
		t.Errorf("recent need %v", f.Recent)
	}
}

// lasting gives the calls of a window a duration in seconds. They are counted when they
// end.
func lasting(w event.FunctionWindow, seconds float32) event.FunctionWindow {
	w.BusySeconds = make([]float32, len(w.Counts))
	for i, c := range w.Counts {
		w.BusySeconds[i] = float32(max(0, c)) * seconds
	}
	return w
}

// A call of five minutes arrives every ten minutes. It is one busy replica in five steps,
// not five in one.
func TestALongCallIsOneReplicaInSeveralSteps(t *testing.T) {
	p := shipped()
	w := lasting(window(200, func(i int) int32 { return int32((i % 10) / 9) }), 300)
	f := forecastOne(t, p, w)
	if got, want := f.Recent[len(f.Recent)-12:], []int32{0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1}; !slices.Equal(got[1:], want[1:]) {
		t.Errorf("recent need %v, want %v", got, want)
	}
	if f.RecentLoad[len(f.RecentLoad)-1] != 1 {
		t.Errorf("load of the last step is %v, want 1", f.RecentLoad[len(f.RecentLoad)-1])
	}
	// The last call runs for four steps more, whatever comes.
	for h := range 4 {
		if f.NeedQ50[h] < 1 {
			t.Errorf("a call runs in step %d, and the median of the need is %d", h+1, f.NeedQ50[h])
		}
	}
	for h, n := range f.NeedQ99 {
		if n > 3 {
			t.Errorf("step %d may need %d replicas; one call at a time was seen", h+1, n)
		}
	}
}

// Calls in progress were measured in all steps but one. Their number counts, not what
// arrived: two calls run through a step in which none started.
func TestTheNeedIsWhatRan(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	w := lasting(window(6, func(i int) int32 { return []int32{0, 3, 0, 0, 60, 1}[i] }), 2)
	w.Running = []float32{0, 2.5, 2, 0.004, series.NotMeasured, 1.0000004}
	f := forecastOne(t, p, w)
	if want := []int32{0, 3, 2, 1, 2, 1}; !slices.Equal(f.Recent, want) {
		t.Errorf("recent need %v, want %v", f.Recent, want)
	}
	if want := []event.Load{0, 2.5, 2, 0.004, 2, 1}; !slices.Equal(f.RecentLoad, want) {
		t.Errorf("recent load %v, want %v", f.RecentLoad, want)
	}
	w.Concurrency = 2
	if f = forecastOne(t, p, w); f.Recent[1] != 2 || f.RecentLoad[1] != 1.25 {
		t.Errorf("2.5 calls, two at a time: need %d, load %v", f.Recent[1], f.RecentLoad[1])
	}
}

// No call has ended, so that the duration is unknown. The calls in progress give the need.
func TestCallsThatNeverEndedNeedWhatRan(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	w := window(200, func(int) int32 { return 1 })
	w.Running = slices.Repeat([]float32{7}, 200)
	f := forecastOne(t, p, w)
	if f.Recent[0] != 7 || slices.Max(f.NeedQ99) < 7 {
		t.Errorf("seven calls run: need %d, most of the forecast %d", f.Recent[0], slices.Max(f.NeedQ99))
	}
	w.Running = nil
	if f = forecastOne(t, p, w); f.Recent[0] != 1 {
		t.Errorf("calls of unknown duration need %d, want 1", f.Recent[0])
	}
}

// How the steps were measured goes with the forecast, in the indexes of Recent.
func TestAForecastTellsHowItsStepsWereMeasured(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	w := window(300, func(int) int32 { return 1 })
	w.Peak, w.Note = 3, "counted from gateway_function_invocation_total"
	w.Spread, w.AtLeast = []series.Span{{100, 130}, {200, 210}}, []series.Span{{205, 212}, {299, 300}}
	f := forecastOne(t, p, w)
	if want := []series.Span{{0, 10}, {80, 92}, {179, 180}}; !slices.Equal(f.Estimated, want) {
		t.Errorf("estimated %v, want %v", f.Estimated, want)
	}
	if !f.Provisional || f.Peak != 3 || f.Note != w.Note {
		t.Errorf("provisional %v, peak %d, note %q", f.Provisional, f.Peak, f.Note)
	}
	message := event.Forecasts{Model: p.Version(), Forecasts: []event.Forecast{f}}
	if err := message.Validate(); err != nil {
		t.Error(err)
	}
	w.Spread, w.AtLeast = nil, nil
	dst := []event.Forecast{f}
	p.Forecast(dst, []event.FunctionWindow{w})
	if dst[0].Provisional || len(dst[0].Estimated) != 0 {
		t.Errorf("all steps were measured: provisional %v, estimated %v", dst[0].Provisional, dst[0].Estimated)
	}
}

// bursts is a function with 1,000 calls of three seconds, 50 replicas, every so many steps.
// The next burst is in the first step of the forecast.
func bursts(steps, every int) event.FunctionWindow {
	return lasting(window(steps, func(i int) int32 {
		if (steps-i)%every == 0 {
			return 1000
		}
		return 0
	}), 3)
}

// Bursts are hours apart, so that the last steps have one of them or none. From the third
// on, the burst is expected in its full size.
func TestABurstThatIsHoursAwayIsExpectedInItsSize(t *testing.T) {
	for _, every := range []int{90, 120, 150, 240, 360} {
		for _, before := range []int{2, 3} {
			f := forecastOne(t, shipped(), bursts(before*every+30, every))
			if n := f.NeedQ95[0]; f.PActive[0] < 0.05 || n < 50 || n > 60 {
				t.Errorf("after %d bursts, every %d steps: %d replicas at a chance of %v, want 50", before, every, n, f.PActive[0])
			}
			if n := len(f.Earlier); n != before-min(before, 180/every) {
				t.Errorf("after %d bursts, every %d steps: %d are earlier than the last 180 steps: %+v", before, every, n, f.Earlier)
			}
		}
	}
}

func TestEarlierStepsAreThoseBeforeTheRecentOnes(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	f := forecastOne(t, p, bursts(1440, 240))
	want := []event.Occurrence{{Ago: 1440, Need: 50, Load: 50}, {Ago: 1200, Need: 50, Load: 50}, {Ago: 960, Need: 50, Load: 50}, {Ago: 720, Need: 50, Load: 50}, {Ago: 480, Need: 50, Load: 50}, {Ago: 240, Need: 50, Load: 50}}
	if !slices.Equal(f.Earlier, want) {
		t.Errorf("got %+v, want %+v", f.Earlier, want)
	}
	busy := bursts(1440, 40) // four of them are recent
	if f = forecastOne(t, p, busy); len(f.Earlier) != 16 || f.Earlier[15].Ago != 200 {
		t.Errorf("the last 16 are enough, got %+v", f.Earlier)
	}
	message := event.Forecasts{Model: p.Version(), Forecasts: []event.Forecast{f}}
	if err := message.Validate(); err != nil {
		t.Error(err)
	}
}

func TestEarlierStepsAreLeftOutIfTheySayNothingNew(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	for why, w := range map[string]event.FunctionWindow{
		"the last 180 steps have six bursts": bursts(1440, 30),
		"one replica was always enough":      lasting(window(1440, func(i int) int32 { return int32((i + 1) % 240 / 239) }), 3),
		"there is nothing before them":       bursts(180, 90),
	} {
		if f := forecastOne(t, p, w); len(f.Earlier) != 0 {
			t.Errorf("%s: got %+v", why, f.Earlier)
		}
	}
}

// The owner says that a replica carries two calls per second. How long they take is known of
// one window, and not of the other.
func TestALoadFromARateNeedsNoDuration(t *testing.T) {
	unknown := window(200, func(i int) int32 { return int32(i % 2 * 300) }) // 5 calls per second
	unknown.CallsPerReplica, unknown.CarriesBy = 2, "com.openfaas.scale.target (rps)"
	unknown.Running = make([]float32, 200)
	known := lasting(unknown, 0.1)
	for i := range unknown.Running {
		unknown.Running[i] = 9 // in progress at the scrapes, for whatever reason
	}
	for name, w := range map[string]event.FunctionWindow{"unknown": unknown, "known": known} {
		f := forecastOne(t, shipped(), w)
		if last := len(f.Recent) - 1; f.Recent[last] != 3 || f.RecentLoad[last] != 2.5 || f.CarriesBy != w.CarriesBy {
			t.Errorf("%s duration: need %d, load %v, by %q, want 3 replicas of 2.5", name, f.Recent[last], f.RecentLoad[last], f.CarriesBy)
		}
		if f.NeedQ99[0] < 3 || f.NeedQ99[0] > 6 {
			t.Errorf("%s duration: the need is at most %d with 99 %%, want about 3", name, f.NeedQ99[0])
		}
	}
}
