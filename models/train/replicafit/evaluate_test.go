package replicafit

import (
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/loadtest"
	"prewarm/shared/testbed"
)

// On loads that were not in training at any number of replicas, the model predicts
// enough replicas with at most one too many, and is better than the formula.
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

// A load that is held out was in training at no number of replicas.
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

// The last value is that of the load before, not of another run of the same load.
func TestTheLastValueIsThatOfTheLoadBefore(t *testing.T) {
	samples := []loadtest.Sample{{Load: 7, Replicas: 2}, {Load: 7, Replicas: 2}, {Load: 9, Replicas: 3}, {Load: 9, Replicas: 3}}
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
	samples := []loadtest.Sample{{Replicas: 1}, {Replicas: 1}, {Replicas: 3}, {Replicas: 4}}
	got := score("x", []int{1, 2, 3, 2}, samples)
	want := Score{Name: "x", Accuracy: 0.5, Error: 0.75, AtMost: 0.75, Recall: map[int]float64{1: 0.5, 3: 1, 4: 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// On blocked folds the model is closer to the answers of the public table than the
// baselines that need no forest. The answers are those of an HPA that lags behind
// the load.
func TestThePublicLoadTests(t *testing.T) {
	file, err := os.Open(testbed.Traces(t, "hey_loadtest", "hey_grid.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	samples, err := loadtest.ReadHeyGrid(file)
	if err != nil || len(samples) != 342 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	scores, err := Evaluate(samples, Folds(samples, 5, false, nil), Options{Low: 0.25, High: 0.25}, 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range scores[1:4] {
		if scores[0].Accuracy <= base.Accuracy || scores[0].Error >= base.Error {
			t.Errorf("forest %+v, %s %+v", scores[0], base.Name, base)
		}
	}
}
