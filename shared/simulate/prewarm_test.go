package simulate_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/policy"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// gaps is a small forecaster: the chance of a call is the share of the gaps so
// far that the present one equals, its need that of the last calls.
type gaps struct{}

func (gaps) ForecastHorizons(dst []event.Forecast, windows []event.FunctionWindow, horizons int) []error {
	for i := range windows {
		w := windows[i].Tail(180)
		dst[i] = event.Forecast{Function: windows[i].Function, Origin: w.End(), StepSeconds: w.StepSeconds}
		f := &dst[i]
		duration := w.MeanDuration()
		last, seen := -1, map[int]int{}
		loads := series.Loads(nil, w.Counts, duration, float64(w.StepSeconds), windows[i].Concurrency)
		for m, c := range w.Counts {
			f.Recent = append(f.Recent, series.Need(c, loads[m]))
			f.RecentLoad = append(f.RecentLoad, event.NewLoad(loads[m]))
			if c > 0 {
				if last >= 0 {
					seen[m-last]++
				}
				last = m
				f.Evidence++
			}
		}
		for h := range horizons {
			p, need := event.Prob(0.01), int32(0)
			if last >= 0 {
				p = event.Prob(float64(seen[len(w.Counts)+h-last])+0.1234567) / event.Prob(f.Evidence+1)
				need = f.Recent[last]
			}
			f.PActive = append(f.PActive, p)
			f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, need), append(f.NeedQ90, need)
			f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, need+1), append(f.NeedQ99, need+2)
		}
	}
	return nil
}

func newOutlook(t *testing.T, w *simulate.Workload, model simulate.Forecaster) *simulate.Outlook {
	t.Helper()
	o, err := simulate.NewOutlook(context.Background(), w, model, func() {})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func ratio(x float64) policy.Config {
	c := policy.DefaultConfig()
	c.CostRatio = x
	return c
}

// A function is called every 20 minutes. Once its gap is known it is warm in
// the minute of the call alone.
func TestPrewarmMeetsATimerAndReleasesAtOnce(t *testing.T) {
	calls := map[int]int32{}
	for m := 0; m < 400; m += 20 {
		calls[m] = 1
	}
	w := workload(1, 1, at(400, calls), at(400, nil))
	r := decisions(t, w, simulate.NewPrewarm(newOutlook(t, w, gaps{}), ratio(0.4), false))
	for m := 180; m < 400; m++ {
		if want := calls[m]; r.of(0)[m] != want || r.of(1)[m] != 0 {
			t.Errorf("minute %d: %d and %d warm, want %d and 0", m, r.of(0)[m], r.of(1)[m], want)
		}
	}
}

// After its first call a function keeps no replica, as a next one is unlikely; the floor keeps
// three for a minute.
func TestPrewarmWithAReactiveFloorKeepsTheLastNeed(t *testing.T) {
	w := workload(60, 1, at(300, map[int]int32{200: 3}))
	o := newOutlook(t, w, gaps{})
	plain, floor := decisions(t, w, simulate.NewPrewarm(o, ratio(0.9), false)), decisions(t, w, simulate.NewPrewarm(o, ratio(0.9), true))
	for name, c := range map[string]struct{ got, want []int32 }{
		"without": {plain.of(0)[201:203], []int32{0, 0}}, "with": {floor.of(0)[201:203], []int32{3, 0}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("after a need of 3, %s the floor: %d warm, want %d", name, c.got, c.want)
		}
	}
	for p, want := range map[simulate.Policy]string{
		simulate.NewPrewarm(o, ratio(0.25), false): "prewarm-0.25", simulate.NewPrewarm(o, ratio(0.25), true): "prewarm+reactive-0.25",
	} {
		if p.Name() != want {
			t.Errorf("name is %s, want %s", p.Name(), want)
		}
	}
}

func TestDearerIdlingMeansLessOfIt(t *testing.T) {
	tr, err := synthetic.Generate(synthetic.Options{Seed: 5, Functions: 40, Minutes: 500, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	w := simulate.NewWorkload(tr, 1)
	o := newOutlook(t, w, gaps{})
	last := int64(1) << 60
	for _, x := range []float64{0.01, 0.05, 0.2} {
		s := score(t, w, simulate.NewPrewarm(o, ratio(x), false))
		if s.Idle >= last {
			t.Errorf("at a cost ratio of %v %d idle replica-minutes, no fewer than %d at the ratio before", x, s.Idle, last)
		}
		last = s.Idle
	}
}

func TestPrewarmDependsOnThePastAlone(t *testing.T) {
	for _, name := range []string{"azure2019", "huawei2023_private"} {
		t.Run(name, func(t *testing.T) {
			tr := open(t, name).Until(500)
			tr.Functions = slices.DeleteFunc(tr.Functions, func(f trace.Function) bool { return f.Name[len(f.Name)-1]%4 != 1 })
			run := func(tr *trace.Trace) *recorder {
				w := simulate.NewWorkload(tr, 1)
				return decisions(t, w, simulate.NewPrewarm(newOutlook(t, w, gaps{}), ratio(0.1), false))
			}
			whole := run(tr)
			for _, m := range []int{200, 471} {
				cut := run(silentFrom(tr, m+1))
				for minute := range m + 2 {
					if !slices.Equal(cut.minutes[minute], whole.minutes[minute]) {
						t.Fatalf("cut at %d, decisions on minute %d differ", m, minute)
					}
				}
			}
		})
	}
}

func TestAnOutlookCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ticks := 0
	_, err := simulate.NewOutlook(ctx, workload(1, 1, at(100, nil)), gaps{}, func() {
		if ticks++; ticks == 7 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || ticks != 7 {
		t.Errorf("error is %v after %d minutes, want %v after 7", err, ticks, context.Canceled)
	}
}
