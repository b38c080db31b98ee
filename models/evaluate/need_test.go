package main

import (
	"math/rand/v2"
	"testing"

	"prewarm/shared/event"
)

func TestNeedBaselinesSayWhatTheirNamesSay(t *testing.T) {
	f := event.Forecast{NeedQ50: []int32{1}, NeedQ90: []int32{2}, NeedQ95: []int32{3}, NeedQ99: []int32{4}}
	for i := range int32(101) {
		f.Recent = append(f.Recent, 100-i)
	}
	f.Recent = append(f.Recent, -1, 7)
	c := needClaims(&f)
	if c[0][0] != 7 || c[1][3] != 7 || c[2][0] != 50 || c[2][1] != 90 || c[3] != [4]float64{1, 2, 3, 4} {
		t.Errorf("got %v", c)
	}
}

// A need that never changes costs nothing to whom repeats it.
func TestPinballOfAConstantNeedIsZero(t *testing.T) {
	tr := traceOf(1, 400, rand.New(rand.NewPCG(1, 2)))
	for m := range tr.Functions[0].Counts {
		tr.Functions[0].Counts[m] = 300 // of half a second: 2.5 replicas
	}
	var y needTally
	y.take(predictorFor(t), origins(tr, tr.Functions[0], 20), 0.5)
	for _, s := range y.scores() {
		for q, loss := range s.Pinball {
			if s.Name != "full" && loss != 0 || loss > 0.2 {
				t.Errorf("%s at %v: %v", s.Name, event.Quantiles[q], loss)
			}
		}
	}
}
