package boostfit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/models/train/boostfit"
	"prewarm/models/train/fit"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/trace"
)

// timers makes a trace of functions that are called once in a period of minutes, most of them
// from 5 to 40.
func timers(seed uint64, functions, minutes int) *trace.Trace {
	rng := rand.New(rand.NewPCG(seed, 0))
	t := &trace.Trace{Minutes: minutes}
	for i := range functions {
		counts := make([]int32, minutes)
		period := 5 + rng.IntN(36)
		for m := rng.IntN(period); m < minutes; m += period {
			counts[m] = 1
		}
		t.Functions = append(t.Functions, trace.Function{Name: fmt.Sprint("timer-", seed, "-", i), Counts: counts})
	}
	return t
}

// quick returns options that train within a second.
func quick() boostfit.Options {
	o := boostfit.Defaults(1)
	o.Forest.Trees, o.Share = 20, 0.3
	o.Rate = 0.3
	return o
}

func trained(t *testing.T, traces ...*trace.Trace) *rival.BoostedModel {
	t.Helper()
	m, err := boostfit.Train(t.Context(), quick(), traces)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A strictly periodic function of another trace, with a period of 17 minutes that is one of
// many in training, is warm in the minutes in which it is called and in no other. The first
// hour is for learning the period.
func TestAnUnseenTimerIsWarmedJustBeforeItsCalls(t *testing.T) {
	m := trained(t, timers(1, 120, 400))
	unseen := timers(2, 1, 400)
	unseen.Functions[0].Counts = make([]int32, 400)
	for minute := 3; minute < 400; minute += 17 {
		unseen.Functions[0].Counts[minute] = 1
	}
	w := simulate.NewWorkload(unseen, 1)
	odds, err := rival.NewBoostedOdds(t.Context(), w, m, boostfit.Folds(unseen), func() {})
	if err != nil {
		t.Fatal(err)
	}
	var score simulate.Score
	for _, ratio := range []float64{0.1, 0.3} {
		scorer := simulate.NewScorer(w)
		if err := simulate.Run(t.Context(), w, rival.NewBoosted(odds, ratio), scorer); err != nil {
			t.Fatal(err)
		}
		if score = scorer.Score(""); score.Cold != 0 || score.Idle != 0 {
			t.Errorf("ratio %v: %d cold starts and %d idle minutes; want none", ratio, score.Cold, score.Idle)
		}
	}
	if score.Need < 10 {
		t.Errorf("%d calls were scored; too few to tell", score.Need)
	}
}

// The calls of a function do not matter to the trees of its own fold, and to all others.
func TestTheTreesOfAFoldHaveNotSeenItsOwners(t *testing.T) {
	t1 := timers(1, 30, 300)
	before := trained(t, t1)
	folds := boostfit.Folds(t1)
	for i := range t1.Functions {
		if folds[i] == 2 {
			slices.Reverse(t1.Functions[i].Counts)
			t1.Functions[i].Counts[150]++
		}
	}
	after := trained(t, t1)
	for k := range before.Folds {
		// Models that share a forest in all folds tell whether it changed.
		same := bytes.Equal(file(t, before, k), file(t, after, k))
		if same != (k == 2) {
			t.Errorf("fold %d: the trees are the same: %v", k, same)
		}
	}
}

// file returns the bytes of a model that has the trees of one fold in all of them.
func file(t *testing.T, m *rival.BoostedModel, fold int) []byte {
	t.Helper()
	var one rival.BoostedModel
	for k := range one.Folds {
		one.Folds[k] = m.Folds[fold]
	}
	var out bytes.Buffer
	if err := rival.SaveBoosted(&out, &one); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// All functions of an owner are in one fold, the one that evaluations test it in.
func TestFoldsAreOverOwners(t *testing.T) {
	tr := &trace.Trace{Layout: trace.Azure2019}
	for i := range 200 {
		tr.Functions = append(tr.Functions, trace.Function{Name: fmt.Sprint("f", i), Owner: fmt.Sprint("owner", i/4)})
	}
	used := map[int]int{}
	for i, k := range boostfit.Folds(tr) {
		used[k]++
		if k != boostfit.Folds(tr)[i/4*4] {
			t.Errorf("functions %d and %d of one owner are in two folds", i, i/4*4)
		}
		owner := fit.OwnerOf(tr.Layout, tr.Functions[i])
		if fit.Fold(k, rival.BoostedFolds)(owner) != fit.TestGroup {
			t.Errorf("%s is not tested in fold %d", owner, k)
		}
	}
	if len(used) != rival.BoostedFolds {
		t.Errorf("the functions of 50 owners are in %d folds", len(used))
	}
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	tr := timers(1, 20, 300)
	a, b := trained(t, tr), trained(t, tr)
	if !bytes.Equal(file(t, a, 0), file(t, b, 0)) {
		t.Error("two trainings differ")
	}
	o := quick()
	o.Seed = 2
	c, err := boostfit.Train(t.Context(), o, []*trace.Trace{tr})
	if err != nil || bytes.Equal(file(t, a, 0), file(t, c, 0)) {
		t.Errorf("another seed made the same trees, %v", err)
	}
}

func TestTrainingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := quick()
	o.Progress = func(_ string, done, total int, _ float64) {
		if done == 1 {
			cancel()
		}
	}
	if _, err := boostfit.Train(ctx, o, []*trace.Trace{timers(1, 20, 300)}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v; want %v", err, context.Canceled)
	}
}

func TestATraceWithoutRowsIsAnError(t *testing.T) {
	if _, err := boostfit.Train(t.Context(), quick(), nil); err == nil {
		t.Error("trained on nothing")
	}
}
