package simulate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// workload makes one of functions named a, b, ... with the given calls of d
// seconds.
func workload(d float64, concurrency int, counts ...[]int32) *simulate.Workload {
	t := &trace.Trace{Minutes: len(counts[0])}
	for i, c := range counts {
		t.Functions = append(t.Functions, trace.Function{Name: string(rune('a' + i)), Duration: d, Counts: c})
	}
	return simulate.NewWorkload(t, concurrency)
}

// at returns minutes counts of zero but for those given by minute.
func at(minutes int, calls map[int]int32) []int32 {
	counts := make([]int32, minutes)
	for m, c := range calls {
		counts[m] = c
	}
	return counts
}

// recorder keeps all decisions.
type recorder struct{ minutes [][]int32 }

func (r *recorder) Minute(_ int, warm []int32) error {
	r.minutes = append(r.minutes, slices.Clone(warm))
	return nil
}

// of returns the decisions on function f.
func (r *recorder) of(f int) []int32 {
	var warm []int32
	for _, m := range r.minutes {
		warm = append(warm, m[f])
	}
	return warm
}

func decisions(t *testing.T, w *simulate.Workload, p simulate.Policy) *recorder {
	t.Helper()
	r := &recorder{}
	if err := simulate.Run(context.Background(), w, p, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// One function, three scored minutes with calls: the first cold, the second
// warm by keep-alive of one minute, the third cold. The idle minute follows
// each run. Calls in the warm-up do not count, but keep warm.
func TestScoreByHand(t *testing.T) {
	w := workload(0, 1,
		at(200, map[int]int32{10: 1, 185: 1, 186: 1, 190: 1}),
		at(200, map[int]int32{179: 1}),
		at(200, nil),
	)
	s := score(t, w, simulate.KeepAlive{Minutes: 1})
	if s.Cold != 2 || s.Need != 3 || s.Idle != 3 {
		t.Errorf("cold %d, need %d, idle %d; want 2, 3, 3 (after 186, after 190, and b at 180)", s.Cold, s.Need, s.Idle)
	}
	if len(s.Functions) != 1 || s.Functions[0].Function != "a" || s.Functions[0].Rate() != 2.0/3 {
		t.Errorf("functions with need are %+v; want a alone at 2/3", s.Functions)
	}
	if s.Rate != 2.0/3 || s.MeanRate != 2.0/3 || s.P75Rate != 2.0/3 {
		t.Errorf("rates are %v, %v, %v; want 2/3", s.Rate, s.MeanRate, s.P75Rate)
	}
}

func TestScoreWithoutNeedHasNoRates(t *testing.T) {
	s := score(t, workload(0, 1, at(200, nil)), simulate.None{})
	if s.Rate != 0 || s.MeanRate != 0 || s.P75Rate != 0 {
		t.Errorf("rates are %v, %v, %v; want 0", s.Rate, s.MeanRate, s.P75Rate)
	}
}

// Four functions with rates 0, 0.5, 1 and 1: numpy.percentile gives 1 for the
// 75th percentile; of 0, 0.5, 1 it gives 0.75.
func TestScorePercentileInterpolates(t *testing.T) {
	never := at(200, map[int]int32{179: 1, 180: 1})
	half := at(200, map[int]int32{190: 1, 191: 1})
	always := at(200, map[int]int32{190: 1})
	w := workload(0, 1, never, half, always)
	if s := score(t, w, simulate.KeepAlive{Minutes: 1}); s.P75Rate != 0.75 || s.MeanRate != 0.5 {
		t.Errorf("p75 %v, mean %v; want 0.75 and 0.5", s.P75Rate, s.MeanRate)
	}
	w = workload(0, 1, never, half, always, always)
	if s := score(t, w, simulate.KeepAlive{Minutes: 1}); s.P75Rate != 1 || s.MeanRate != 0.625 {
		t.Errorf("p75 %v, mean %v; want 1 and 0.625", s.P75Rate, s.MeanRate)
	}
}

func TestNoneAndOracleBoundTheOthers(t *testing.T) {
	w := workload(1, 1, at(300, map[int]int32{200: 90, 201: 200, 250: 1}))
	none, oracle := score(t, w, simulate.None{}), score(t, w, simulate.NewOracle(w))
	if none.Cold != none.Need || none.Idle != 0 || none.Need != 2+4+1 {
		t.Errorf("none: cold %d, idle %d, need %d; want 7, 0, 7", none.Cold, none.Idle, none.Need)
	}
	if oracle.Cold != 0 || oracle.Idle != 0 {
		t.Errorf("oracle: cold %d, idle %d; want none", oracle.Cold, oracle.Idle)
	}
}

func TestKeepAliveHoldsTheLargestNeed(t *testing.T) {
	w := workload(1, 1, []int32{0, 180, 60, 0, 0, 0})
	got := decisions(t, w, simulate.KeepAlive{Minutes: 2}).of(0)
	if want := []int32{0, 0, 3, 3, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("decisions are %v; want %v", got, want)
	}
}

func TestIdlerIsKeepAliveOf15Minutes(t *testing.T) {
	w := workload(0, 1, at(60, map[int]int32{3: 1, 30: 1}))
	idler, keep := decisions(t, w, simulate.NewIdler()), decisions(t, w, simulate.KeepAlive{Minutes: 15})
	if !slices.Equal(idler.of(0), keep.of(0)) {
		t.Errorf("idler decides %v; keep-alive %v", idler.of(0), keep.of(0))
	}
	if name := simulate.NewIdler().Name(); name != "idler" {
		t.Errorf("name is %s; want idler", name)
	}
}

// A function called every 30 minutes: after ten gaps the histogram is sure and
// keeps warm for gaps floor(0.9*30) = 27 to ceil(1.1*30) = 34 (1.1*30 is a
// little above 33 in floating point).
func TestHybridLearnsAPeriod(t *testing.T) {
	calls := map[int]int32{}
	for m := 5; m < 600; m += 30 {
		calls[m] = 1
	}
	got := decisions(t, workload(0, 1, at(600, calls)), simulate.NewHybrid(workload(0, 1, at(600, nil)))).of(0)
	for m := range 6 {
		if got[m] != 0 {
			t.Errorf("warm at %d, before the first call was seen", m)
		}
	}
	for m := 6; m < 306; m++ {
		if got[m] != 1 {
			t.Fatalf("not warm at %d, with fewer than ten gaps seen", m)
		}
	}
	for m := 306; m < 500; m++ {
		gap := (m - 5) % 30
		if gap == 0 {
			gap = 30
		}
		want := int32(0)
		if gap >= 27 {
			want = 1
		}
		if got[m] != want {
			t.Errorf("at %d, %d minutes after a call, %d warm; want %d", m, gap, got[m], want)
		}
	}
}

// Gaps of 240 minutes and more are not in the histogram: the function stays warm for
// 240 minutes after a call, and no longer.
func TestHybridGivesUpOnLongGaps(t *testing.T) {
	calls := map[int]int32{}
	for m := 0; m < 6000; m += 300 {
		calls[m] = 1
	}
	w := workload(0, 1, at(6000, calls))
	got := decisions(t, w, simulate.NewHybrid(w)).of(0)
	for m := 4201; m < 4500; m++ {
		want := int32(0)
		if m-4200 <= 240 {
			want = 1
		}
		if got[m] != want {
			t.Fatalf("%d minutes after a call %d warm; want %d", m-4200, got[m], want)
		}
	}
}

// 480 busy seconds a minute ask for 8 / 0.8 = 10 replicas. Each of the four
// syncs of a minute doubles them or adds four: 1, 5, 10. They stay for 300 s
// after the load has gone.
func TestHPAScalesUpAndHoldsFiveMinutes(t *testing.T) {
	w := workload(1, 1, at(20, map[int]int32{2: 480, 3: 480}))
	got := decisions(t, w, simulate.NewHPA(w)).of(0)
	want := []int32{1, 1, 1, 10, 10, 10, 10, 10, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	if !slices.Equal(got, want) {
		t.Errorf("decisions are %v; want %v", got, want)
	}
}

func TestHPAToleratesTenPercent(t *testing.T) {
	w := workload(1, 1, at(12, map[int]int32{0: 480, 1: 520, 2: 530}))
	got := decisions(t, w, simulate.NewHPA(w)).of(0)
	if want := []int32{1, 10, 10, 12}; !slices.Equal(got[:4], want) {
		t.Errorf("decisions are %v; want %v", got[:4], want)
	}
}

// A load of 1.4 asks for 2 replicas; one of 7 for 10, which is a panic: the
// replicas stay another minute although the load has gone. Then zero.
func TestKPAPanicsAndScalesToZero(t *testing.T) {
	w := workload(1, 1, []int32{0, 84, 420, 1, 1, 0, 0, 0})
	got := decisions(t, w, simulate.NewKPA(w)).of(0)
	if want := []int32{0, 0, 2, 10, 10, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("decisions are %v; want %v", got, want)
	}
}

// Published example (config-autoscaler.yaml of Knative, and the guide of Alibaba Cloud to its
// KPA): with a concurrency of 10 the autoscaler wants 7 calls in progress for each replica, so
// that 100 calls in progress need 15 replicas.
func TestKPAOfTheDocumentation(t *testing.T) {
	tr := &trace.Trace{Minutes: 3, Functions: []trace.Function{{Name: "f", Duration: 60, Counts: []int32{0, 100, 0}}}}
	w := simulate.NewWorkload(tr, 10)
	if got := decisions(t, w, simulate.NewKPA(w)).of(0); got[2] != 15 {
		t.Errorf("%d replicas for 100 calls in progress, want 15", got[2])
	}
}

// references returns all policies that could run, fresh.
func references(w *simulate.Workload) []simulate.Policy {
	return []simulate.Policy{
		simulate.None{}, simulate.KeepAlive{Minutes: 1}, simulate.KeepAlive{Minutes: 10}, simulate.NewIdler(),
		simulate.NewHybrid(w), simulate.NewHPA(w), simulate.NewKPA(w),
		rival.NewAutoscaler(w, 0), rival.NewAutoscaler(w, 1), rival.NewIceBreaker(),
		rival.NewBestFixed(w), rival.NewFeMux(w, 180),
		rival.NewSPES(w), rival.NewFaasCache(w, 0.2, megabytes, func(int) float64 { return 1 }),
	}
}

// megabytes is some memory of a function.
func megabytes(f int) float64 { return float64(100 + f%7) }

// Cutting the trace off after minute m changes no decision up to m+1.
func checkCausal(t *testing.T, tr *trace.Trace, cuts ...int) {
	t.Helper()
	whole := simulate.NewWorkload(tr, 1)
	for i, p := range references(whole) {
		all := decisions(t, whole, p)
		for _, m := range cuts {
			// The cut trace goes on for one minute of silence, so that the
			// decision on it can be asked for.
			cut := simulate.NewWorkload(silentFrom(tr, m+1), 1)
			got := decisions(t, cut, references(cut)[i])
			for minute := range m + 2 {
				if !slices.Equal(got.minutes[minute], all.minutes[minute]) {
					t.Fatalf("%s: cut at %d, decisions on minute %d differ", p.Name(), m, minute)
				}
			}
		}
	}
}

// silentFrom returns t with minutes 0 to m-1 and one without calls.
func silentFrom(t *trace.Trace, m int) *trace.Trace {
	cut := t.Until(m)
	longer := *cut
	longer.Minutes++
	longer.Functions = nil
	for _, f := range cut.Functions {
		f.Counts = append(slices.Clone(f.Counts), 0)
		longer.Functions = append(longer.Functions, f)
	}
	return &longer
}

func TestDecisionsDependOnThePastAlone(t *testing.T) {
	tr, err := synthetic.Generate(synthetic.Options{Seed: 11, Functions: 60, Minutes: 700, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	checkCausal(t, tr, 0, 1, 59, 180, 333, 600)
}

func TestDecisionsDependOnThePastAloneOnRealTraces(t *testing.T) {
	for _, name := range []string{"azure2019", "huawei2023_private"} {
		t.Run(name, func(t *testing.T) { checkCausal(t, open(t, name), 200, 471, 777) })
	}
}

// peeking is a policy that tries to reach beyond its history.
type peeking struct{ reached bool }

func (*peeking) Name() string { return "peeking" }

func (p *peeking) Warm(_ []int32, h simulate.History) {
	past := h.Counts(0)
	p.reached = p.reached || len(past) != h.Minute() || cap(past) != h.Minute() || cap(h.Need(0)) != h.Minute()
}

func TestHistoryEndsAtTheMinute(t *testing.T) {
	w, p := workload(0, 1, at(5, nil)), &peeking{}
	decisions(t, w, p)
	if p.reached {
		t.Error("a policy could see minutes that it decides on")
	}
}

func TestHistoryDescribes(t *testing.T) {
	tr := &trace.Trace{Start: 1430, Minutes: 20, Functions: []trace.Function{{Name: "f", Owner: "o", App: "a", Trigger: "timer", Duration: 2, MemoryMB: 64, Counts: at(20, map[int]int32{14: 90})}}}
	w := simulate.NewWorkload(tr, 3)
	seen := false
	decisions(t, w, asking(func(h simulate.History) {
		if h.Minute() != 15 {
			return
		}
		seen = true
		if h.MinuteOfDay() != 5 || h.Functions() != 1 || h.Concurrency() != 3 {
			t.Errorf("minute of day %d, %d functions, concurrency %d", h.MinuteOfDay(), h.Functions(), h.Concurrency())
		}
		if f := h.Function(0); f != (simulate.Function{Name: "f", Owner: "o", App: "a", Trigger: "timer", Duration: 2, Application: "o/a", MemoryMB: 64}) {
			t.Errorf("function is %+v", f)
		}
		if load := h.Load(0, 14); math.Abs(load-1) > 1e-12 || h.Load(0, 13) != 0 || h.Need(0)[14] != 1 {
			t.Errorf("load is %v, before %v, need %d; want 1, 0, 1", load, h.Load(0, 13), h.Need(0)[14])
		}
	}))
	if !seen {
		t.Error("minute 15 was not asked for")
	}
}

// asking is a policy that calls a function of the test and keeps no replica warm.
type asking func(simulate.History)

func (asking) Name() string                         { return "asking" }
func (a asking) Warm(_ []int32, h simulate.History) { a(h) }

func TestDecisionsCSV(t *testing.T) {
	w := workload(1, 1, []int32{0, 100, 0, 0}, []int32{1, 0, 0, 0})
	var out bytes.Buffer
	d := simulate.NewDecisionWriter(&out, w)
	if err := simulate.Run(context.Background(), w, simulate.KeepAlive{Minutes: 1}, d); err != nil {
		t.Fatal(err)
	}
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	if want := "function,minute,replicas\nb,1,1\na,2,2\n"; out.String() != want {
		t.Errorf("wrote %q; want %q", out.String(), want)
	}
}

func TestDecisionsCSVWithoutDecisionsHasItsHeading(t *testing.T) {
	var out bytes.Buffer
	if err := simulate.NewDecisionWriter(&out, workload(0, 1, []int32{0})).Flush(); err != nil {
		t.Fatal(err)
	}
	if out.String() != "function,minute,replicas\n" {
		t.Errorf("wrote %q", out.String())
	}
}

func TestRunStopsWithItsContextAndItsSinks(t *testing.T) {
	w := workload(0, 1, at(10, nil))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := simulate.Run(ctx, w, simulate.None{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v; want %v", err, context.Canceled)
	}
	full := errors.New("disk full")
	err := simulate.Run(context.Background(), w, simulate.None{}, failing{full})
	if !errors.Is(err, full) || err.Error() != "minute 0: disk full" {
		t.Errorf("error is %v; want minute 0: disk full", err)
	}
}

// failing is a sink that does not take anything.
type failing struct{ err error }

func (f failing) Minute(int, []int32) error { return f.err }

func TestScorerRefusesForeignDecisions(t *testing.T) {
	s := simulate.NewScorer(workload(0, 1, at(10, nil)))
	for _, c := range []struct {
		m    int
		warm []int32
	}{{0, nil}, {-1, []int32{0}}, {10, []int32{0}}} {
		if s.Minute(c.m, c.warm) == nil {
			t.Errorf("decisions %v on minute %d were accepted", c.warm, c.m)
		}
	}
}

func TestRunPanicsOnNegativeReplicas(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "simulate: negative decided on -1 replicas of a" {
			t.Errorf("panic is %s", got)
		}
	}()
	simulate.Run(context.Background(), workload(0, 1, at(3, nil)), negative{})
}

type negative struct{}

func (negative) Name() string                          { return "negative" }
func (negative) Warm(warm []int32, _ simulate.History) { warm[0] = -1 }
