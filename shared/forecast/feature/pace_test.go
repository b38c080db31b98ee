package feature

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/series"
)

// reference fits the line with gonum to the running total of the last span
// known counts.
func reference(counts []int32, span int) pace {
	var known []float64
	sum, active := 0.0, 0.0
	for _, c := range counts {
		if c != series.NoData {
			known = append(known, float64(c))
		}
		if c > 0 {
			sum, active = sum+float64(c), active+1
		}
	}
	known = known[max(0, len(known)-span):]
	x, y := []float64{0}, []float64{0}
	for i, c := range known {
		x, y = append(x, float64(i+1)), append(y, y[i]+c*active/sum)
	}
	at, slope := stat.LinearRegression(x, y, nil, false)
	squares := 0.0
	for i := range x {
		squares += math.Pow(y[i]-at-slope*x[i], 2)
	}
	now := len(x) - 1
	return pace{slope: slope, ahead: y[now] - at - slope*x[now], scatter: math.Sqrt(squares / float64(len(x)))}
}

func TestPacesAreThoseOfALinearRegression(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	for _, n := range []int{3, 29, 30, 31, 250, MaxHistory} {
		counts := randomCounts(rng, n)
		counts[n/2] = 3
		h := read(counts)
		for k, span := range paceSpans {
			got, want := h.paces[k], reference(counts, span)
			if math.Abs(got.slope-want.slope) > 1e-7 || math.Abs(got.ahead-want.ahead) > 1e-6 || math.Abs(got.scatter-want.scatter) > 1e-5 {
				t.Errorf("%d steps, span %d: %+v, want %+v", n, span, got, want)
			}
		}
	}
}

// A timer of five steps fires at any of three around its beat. Its gaps are 3
// to 7 steps; its total is never more than one call from the line.
func TestThePaceOfATimerIsExactDespiteItsJitter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	counts := make([]int32, 400)
	for beat := 1; beat+1 < len(counts); beat += 5 {
		counts[beat-1+rng.IntN(3)] = 1
	}
	p := read(counts).paces[len(paceSpans)-1]
	if math.Abs(p.slope-0.2) > 1e-3 || p.scatter > 0.4 {
		t.Errorf("pace %+v, want 0.2 calls a step", p)
	}
}

// A timer of five steps is due in the next step, or has fired in the last one.
func TestMoreIsOwedTheLongerTheLastCallIsAgo(t *testing.T) {
	due, fired := read(every(100, 0, 5)).paces[1], read(every(101, 0, 5)).paces[1]
	if !(due.owed(1) > fired.owed(1)+0.5) || !(due.owed(5) > due.owed(1)+0.5) {
		t.Errorf("in the next step %v are owed before the call, %v after it, and %v within five", due.owed(1), fired.owed(1), due.owed(5))
	}
	if want := due.slope*7 - due.ahead; due.owed(7) != want {
		t.Errorf("within seven %v are owed, want %v", due.owed(7), want)
	}
}

func TestWithoutCallsNothingIsOwed(t *testing.T) {
	for name, counts := range map[string][]int32{"never called": make([]int32, 100), "unknown": slices.Repeat([]int32{series.NoData}, 100)} {
		if h := read(counts); h.paces != [len(paceSpans)]pace{} {
			t.Errorf("%s: paces %+v", name, h.paces)
		}
	}
}
