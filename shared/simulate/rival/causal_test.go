package rival_test

import (
	"slices"
	"testing"

	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// untrained returns the policies that are made without trained trees.
func untrained(w *simulate.Workload) []simulate.Policy {
	memory := func(f int) float64 { return w.Functions[f].MemoryMB }
	start := func(int) float64 { return rival.FaasCacheStart }
	return []simulate.Policy{
		rival.NewAutoscaler(w, 1), rival.NewFaasCache(w, 0.4, memory, start), rival.NewIceBreaker(), rival.NewSPES(w),
		rival.NewBestFixed(w), rival.NewFeMux(w, 120),
	}
}

// made returns a trace in which FeMux has learned clusters by minute 360: 24 functions of
// several users, some of whose calls take minutes.
func made(t *testing.T) *trace.Trace {
	t.Helper()
	tr, err := synthetic.Generate(synthetic.Options{Seed: 11, Functions: 24, Minutes: 500, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	for f := range tr.Functions {
		if f%4 == 1 {
			tr.Functions[f].Duration = 150
		}
	}
	return tr
}

// The trace is cut off after the minute after m, in which all functions have many calls. No
// decision up to that minute may change.
func TestDecisionsDependOnThePastAlone(t *testing.T) {
	tr := made(t)
	w := simulate.NewWorkload(tr, 1)
	for i, p := range untrained(w) {
		whole := decided(t, w, p)
		for _, m := range []int{0, 1, 199, 359, 471} {
			cut := tr.Until(m + 2)
			for f := range cut.Functions {
				calls := &cut.Functions[f].Counts
				*calls = slices.Clone(*calls)
				(*calls)[m+1] = 999
			}
			w := simulate.NewWorkload(cut, 1)
			if got := decided(t, w, untrained(w)[i]); !slices.EqualFunc(got, whole[:m+2], slices.Equal[[]int32]) {
				t.Errorf("%s: decisions up to minute %d depend on its calls or on later ones", p.Name(), m+1)
			}
		}
	}
}

// To these policies a minute without data is one without calls. The others, which compare
// costs, leave it out of them.
func TestAMinuteWithoutDataIsOneWithoutCalls(t *testing.T) {
	unknown, silent := made(t), made(t)
	for f := range unknown.Functions {
		for m := 100 + f; m < unknown.Minutes; m += 7 {
			unknown.Functions[f].Counts[m], silent.Functions[f].Counts[m] = series.NoData, 0
		}
	}
	w, without := simulate.NewWorkload(unknown, 1), simulate.NewWorkload(silent, 1)
	for i, p := range untrained(w)[:4] {
		if got, want := decided(t, w, p), decided(t, without, untrained(without)[i]); !slices.EqualFunc(got, want, slices.Equal[[]int32]) {
			t.Errorf("%s: decisions differ", p.Name())
		}
	}
}
