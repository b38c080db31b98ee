package capacity

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestHeldOutLoads: on loads that were not in training, not at any number of
// replicas, the model gives enough replicas with at most one too many, and beats
// the formula.
func TestHeldOutLoads(t *testing.T) {
	samples := tested(1)
	for _, random := range []bool{false, true} {
		folds := Folds(samples, 5, random, rand.New(rand.NewPCG(1, 1)))
		scores, err := Evaluate(samples, folds, options(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if scores[0].AtMost < 0.95 {
			t.Errorf("random folds %v: enough and at most one too many in %.1f %%", random, 100*scores[0].AtMost)
		}
		if formula := scores[3]; scores[0].Error >= formula.Error || scores[0].AtMost <= formula.AtMost {
			t.Errorf("random folds %v: forest %+v, formula %+v", random, scores[0], formula)
		}
	}
}

// TestNoRunOfALoadIsInTwoFolds: what is held out was never seen, not on another
// number of replicas either.
func TestNoRunOfALoadIsInTwoFolds(t *testing.T) {
	samples := tested(1)
	for _, random := range []bool{false, true} {
		folds, fold, sizes := Folds(samples, 5, random, rand.New(rand.NewPCG(1, 1))), map[int]int{}, [5]int{}
		for i, s := range samples {
			if was, ok := fold[s.Load]; ok && was != folds[i] {
				t.Fatalf("load %d is in folds %d and %d", s.Load, was, folds[i])
			}
			fold[s.Load] = folds[i]
		}
		for _, f := range fold {
			sizes[f]++
		}
		if slices.Max(sizes[:])-slices.Min(sizes[:]) > 1 {
			t.Errorf("the folds have %v loads", sizes)
		}
	}
	if blocks := Folds(samples, 5, false, nil); !slices.IsSorted(blocks) {
		t.Error("blocks must hold neighbouring loads")
	}
}

// TestTheLastValueIsThatOfTheLoadBefore: not of another run of the same load.
func TestTheLastValueIsThatOfTheLoadBefore(t *testing.T) {
	samples := []Sample{{Load: 7, Replicas: 2}, {Load: 7, Replicas: 2}, {Load: 9, Replicas: 3}, {Load: 9, Replicas: 3}}
	if a, b := before(samples, 7, 5), before(samples, 9, 5); a != 5 || b != 2 {
		t.Errorf("got %d and %d", a, b)
	}
}

func TestFoldsThatCannotBeHeldOut(t *testing.T) {
	if _, err := Evaluate(few(), Folds(few(), 50, false, nil), options(), 1); err == nil || !strings.Contains(err.Error(), "fewer folds or more loads") {
		t.Errorf("got %v", err)
	}
}

func TestScores(t *testing.T) {
	samples := []Sample{{Replicas: 1}, {Replicas: 1}, {Replicas: 3}, {Replicas: 4}}
	got := score("x", []int{1, 2, 3, 2}, samples)
	want := Score{Name: "x", Accuracy: 0.5, Error: 0.75, AtMost: 0.75, Recall: map[int]float64{1: 0.5, 3: 1, 4: 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
