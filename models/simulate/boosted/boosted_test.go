package boosted_test

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"prewarm/models/evaluate/metric"
	"prewarm/models/simulate/boosted"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// odds predicts a trace with the embedded trees.
func odds(t *testing.T, tr *trace.Trace) (*simulate.Workload, *rival.BoostedOdds) {
	t.Helper()
	w := simulate.NewWorkload(tr, 1)
	o, err := boosted.Odds(t.Context(), tr, w, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return w, o
}

// recorder keeps all decisions.
type recorder [][]int32

func (r *recorder) Minute(_ int, warm []int32) error {
	*r = append(*r, slices.Clone(warm))
	return nil
}

// decisions returns those at a cost ratio.
func decisions(t *testing.T, tr *trace.Trace, ratio float64) recorder {
	t.Helper()
	w, o := odds(t, tr)
	var r recorder
	if err := simulate.Run(t.Context(), w, rival.NewBoosted(o, ratio), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Timers of several periods, which no trace has under these names. After six calls each is
// warm in the minutes of its calls, and in no other.
func TestAnUnseenTimerIsWarmedJustBeforeItsCalls(t *testing.T) {
	for _, period := range []int{5, 10, 12, 15, 20, 30, 60} {
		counts := make([]int32, 720)
		for m := 4; m < len(counts); m += period {
			counts[m] = 1
		}
		tr := &trace.Trace{Layout: trace.Azure2019, Minutes: len(counts), Functions: []trace.Function{{Name: fmt.Sprint("timer-", period), Counts: counts}}}
		missed, idle, calls := 0, 0, 0
		for m, warm := range decisions(t, tr, 0.2)[6*period:] {
			switch called := counts[6*period+m] > 0; {
			case called && warm[0] == 0:
				missed++
			case !called && warm[0] > 0:
				idle++
			}
			calls += int(counts[6*period+m])
		}
		if missed > 0 || idle > 0 {
			t.Errorf("period %d: %d of %d calls were missed, %d minutes idle", period, missed, calls, idle)
		}
	}
}

// With a trace cut off after a minute, no decision up to the next one changes: the trees are
// given and are not trained on the trace.
func TestDecisionsDependOnThePastAlone(t *testing.T) {
	made, err := synthetic.Generate(synthetic.Options{Seed: 11, Functions: 60, Minutes: 700, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	checkCausal(t, made)
}

func TestDecisionsDependOnThePastAloneOnARealTrace(t *testing.T) {
	tr, err := trace.Open(testbed.Traces(t, "azure2019"))
	if err != nil {
		t.Fatal(err)
	}
	checkCausal(t, tr)
}

func checkCausal(t *testing.T, tr *trace.Trace) {
	t.Helper()
	whole := decisions(t, tr, 0.05)
	for _, m := range []int{0, 1, 199, 471, 600} {
		silent := tr.Until(m + 2)
		for i, f := range silent.Functions {
			counts := slices.Clone(f.Counts)
			counts[m+1] = 0 // the minute after the cut is decided on, and not seen
			silent.Functions[i].Counts = counts
		}
		for minute, warm := range decisions(t, silent, 0.05) {
			if !slices.Equal(warm, whole[minute]) {
				t.Fatalf("cut at %d, decisions on minute %d differ", m, minute)
			}
		}
	}
}

// On functions whose owners the trees have not seen, the probabilities are as good as those
// of prewarm's own trees without its networks (AP 0.976, Brier score 0.0144), and what is
// predicted is what happens.
func TestProbabilitiesAreGoodOnFunctionsThatAreHeldOut(t *testing.T) {
	tr, err := trace.Open(testbed.Traces(t, "azure2019"))
	if err != nil {
		t.Fatal(err)
	}
	_, o := odds(t, tr)
	var cases metric.Cases
	var predicted []float32
	for f, fn := range tr.Functions {
		for m := simulate.WarmUpMinutes; m < tr.Minutes; m++ {
			cases.Add(f, fn.Counts[m] > 0)
			predicted = append(predicted, float32(o.Probability(f, m)))
		}
	}
	r := metric.Rank(predicted, &cases, nil)
	if ap, brier := r.Scores(nil); ap < 0.974 || brier > 0.0150 {
		t.Errorf("average precision %.4f, Brier score %.4f; want 0.976 and 0.0145", ap, brier)
	}
	if ece := r.CalibrationError(); ece > 0.004 {
		t.Errorf("the probabilities are off by %.4f on average", ece)
	}
}
