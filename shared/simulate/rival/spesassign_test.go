package rival

import (
	"math"
	"testing"

	"prewarm/shared/simulate"
)

// The trials of pulsed, possible and correlated, as cold starts per call and waste per
// minute with calls, by the rules of the assignment.
func TestSPESTakesTheBestTrial(t *testing.T) {
	none := [2]float64{math.Inf(1), math.Inf(1)}
	for _, c := range []struct {
		why    string
		trials [3][2]float64
		want   spesKind
	}{
		{"best in both", [3][2]float64{{0.5, 3}, {0.2, 1}, {0.3, 2}}, spesPossible},
		{"only pulsed could be tried", [3][2]float64{{1, 3}, none, none}, spesPulsed},
		{"the same cold starts, less waste", [3][2]float64{{0.4, 3}, {0.4, 2}, {0.6, 2.5}}, spesPossible},
		{"the same waste, fewer cold starts", [3][2]float64{{0.8, 2}, {0.9, 3}, {0.6, 2}}, spesCorrelated},
		{"few cold starts, whatever they cost", [3][2]float64{{0.9, 3}, {0.1, 3.1}, none}, spesPossible},
		{"half of the rise of cold starts, 0.25, is less than the rise of waste, 1", [3][2]float64{{0.6, 3}, {0.4, 6}, none}, spesPossible},
		{"half of the rise of cold starts, 0.5, is more than the rise of waste, 0.1", [3][2]float64{{0.8, 3}, {0.4, 3.3}, none}, spesPulsed},
	} {
		var trials []spesTrial
		for i, v := range c.trials {
			kind := []spesKind{spesPulsed, spesPossible, spesCorrelated}[i]
			trials = append(trials, spesTrial{spesFunction{kind: kind}, v[0], v[1]})
		}
		if got := spesBest(trials).kind; got != c.want {
			t.Errorf("%s: kind %d; want %d", c.why, got, c.want)
		}
	}
}

// A trial by hand: in the last 100 of 400 minutes a is called at 310, 312 and 350. As
// pulsed it is loaded cold at 310 and 350, and idle at 311, 313 to 315 and 351 to 353.
func TestSPESTriesAKindOnTheLastQuarter(t *testing.T) {
	w := cacheWorkload(0, spesCalls(400, 100, 310, 312, 350))
	p := NewSPES(w)
	s := &p.functions[0]
	for m := range 400 {
		s.observe(m, spesCalls(400, 100, 310, 312, 350)[m], 1)
	}
	trial := spesTrial{function: spesFunction{kind: spesPulsed}}
	p.try(&trial, s, 300, 400, 3)
	if trial.cold != 2.0/3 || trial.waste != 7.0/3 {
		t.Errorf("cold %g, waste %g; want 2/3 and 7/3", trial.cold, trial.waste)
	}
	// With predicted waiting times of 37 minutes the call at 350 is warm, and the one at 312
	// cold too. The function is idle at 311, 313 and 351, a minute after each call, at 349,
	// and for the prediction of 388 from 387 to 391.
	trial.function = spesFunction{kind: spesPossible, waits: []spesWait{{37, 37}}}
	p.try(&trial, s, 300, 400, 3)
	if trial.cold != 2.0/3 || trial.waste != 9.0/3 {
		t.Errorf("cold %g, waste %g; want 2/3 and 3", trial.cold, trial.waste)
	}
}

// A function without calls in the last quarter is possible if waiting times repeat.
func TestSPESTakesPossibleWithoutATrial(t *testing.T) {
	for _, c := range []struct {
		calls []int
		want  spesKind
	}{
		{[]int{3, 20, 70, 87, 200, 310, 391, 470}, spesPossible},
		{[]int{3, 20, 70, 88, 200, 310, 391, 470}, spesUnknown},
	} {
		w := cacheWorkload(0, spesCalls(721, c.calls...))
		p := NewSPES(w)
		cacheDecisions(t, w, p)
		if got := p.functions[0].kind; got != c.want {
			t.Errorf("calls at %v: kind %d; want %d", c.calls, got, c.want)
		}
	}
}

// Of four minutes with calls, at 66, 70, 130 and 140, the first three follow calls 3
// minutes earlier, across the border of a word. The other has two calls more, in 142
// minutes.
func TestSPESCountsCallsThatFollowOthers(t *testing.T) {
	bits := func(minutes ...int) []uint64 {
		words := make([]uint64, 3)
		for _, m := range minutes {
			words[m/64] |= 1 << (m % 64)
		}
		return words
	}
	own, other := bits(66, 70, 130, 140), bits(63, 67, 127, 10, 50, 141)
	follows, falsely := spesLagged(other, own, 142, 3)
	if follows != 0.75 || falsely != 2.0/(142-3-4) {
		t.Errorf("shares are %g and %g; want 3/4 and 2/135", follows, falsely)
	}
	if follows, _ := spesLagged(own, own, 142, 0); follows != 1 {
		t.Errorf("a function follows itself at lag 0 in a share of %g; want 1", follows)
	}
}

// Others are of the same owner or application; without a name there are none.
func TestSPESGroups(t *testing.T) {
	groups := spesGroups([]simulate.Function{{Owner: "o", App: "x"}, {Owner: "o", App: "y"}, {App: "y"}, {}, {}})
	for f, want := range []int{1, 2, 1, 0, 0} {
		if len(groups[f]) != want {
			t.Errorf("function %d has the others %v; want %d", f, groups[f], want)
		}
	}
}
