package scenario_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"prewarm/deploy/local/scenario"
	"prewarm/shared/trace"
)

// every returns a function that is called so many times in every period-th minute.
func every(period int, calls int32) trace.Function {
	f := trace.Function{Name: "original", Trigger: "timer", Counts: make([]int32, 120)}
	for m := 0; m < len(f.Counts); m += period {
		f.Counts[m] = calls
	}
	return f
}

// like returns f with another trigger and duration.
func like(f trace.Function, trigger string, duration float64) trace.Function {
	f.Trigger, f.Duration = trigger, duration
	return f
}

func TestPickTakesFunctionsThatFit(t *testing.T) {
	tr := &trace.Trace{Minutes: 120, Functions: []trace.Function{
		every(119, 1),                     // nothing to learn
		every(10, 500),                    // too much in one minute
		every(1, 11),                      // would hide the others
		like(every(10, 1), "timer", 3600), // a start is nothing beside such a call
		like(every(3, 20), "http", 12),    // keeps more than one replica busy
		every(10, 1),                      // this one
	}}
	got, err := scenario.Pick(tr, scenario.Options{Minutes: 120, Functions: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if f := got.Functions[0]; f.Name != "timer-1" || f.Counts[10] != 1 || len(got.Functions) != 1 {
		t.Errorf("got %+v", f)
	}
	if _, err := scenario.Pick(tr, scenario.Options{Minutes: 120, Functions: 2}); !errors.Is(err, scenario.ErrTooFew) {
		t.Errorf("got %v", err)
	}
	if _, err := scenario.Pick(tr, scenario.Options{From: 60, Minutes: 120, Functions: 1}); err == nil || !strings.Contains(err.Error(), "60 to 180") {
		t.Errorf("minutes outside the trace: got %v", err)
	}
}

// TestEveryClassHasItsShare: of many functions of each class ten are picked.
func TestEveryClassHasItsShare(t *testing.T) {
	classes := map[string]trace.Function{
		"sparse timer": like(every(15, 1), "timer", 1), "sparse": like(every(6, 1), "http", 2),
		"medium": like(every(1, 1), "timer", 3), "busy": like(every(1, 4), "queue", 4),
	}
	tr := &trace.Trace{Minutes: 120}
	for _, f := range classes {
		for range 20 {
			tr.Functions = append(tr.Functions, f)
		}
	}
	for _, c := range []struct {
		n    int
		mix  scenario.Mix
		want [4]int // sparse timers, sparse, medium, busy
	}{
		{10, scenario.Mix{}, [4]int{3, 3, 2, 2}},
		{5, scenario.DefaultMix(), [4]int{2, 1, 1, 1}},
		{11, scenario.DefaultMix(), [4]int{3, 4, 2, 2}},
		{4, scenario.SparseMix(), [4]int{2, 2, 0, 0}},
		{3, scenario.Mix{Busy: 1}, [4]int{0, 0, 0, 3}},
	} {
		got, err := scenario.Pick(tr, scenario.Options{Minutes: 120, Functions: c.n, Mix: c.mix, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		var found [4]int
		for _, f := range got.Functions {
			found[int(f.Duration)-1]++
		}
		if found != c.want {
			t.Errorf("%d of %+v: got %v, want %v", c.n, c.mix, found, c.want)
		}
	}
}

func TestAnotherClassTakesThePlaceOfOneThatIsMissing(t *testing.T) {
	tr := &trace.Trace{Minutes: 120, Functions: []trace.Function{every(10, 1), every(10, 1), every(1, 1)}}
	got, err := scenario.Pick(tr, scenario.Options{Minutes: 120, Functions: 3})
	if err != nil || len(got.Functions) != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := scenario.Pick(tr, scenario.Options{Minutes: 120, Functions: 3, Mix: scenario.SparseMix()}); !errors.Is(err, scenario.ErrTooFew) {
		t.Errorf("a class that is not in the mix took a place: %v", err)
	}
}

func TestTheSeedDecides(t *testing.T) {
	load := func(seed uint64) string {
		tr, source, err := scenario.Load("", scenario.Options{Minutes: 270, Functions: 10, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(source, "synthetic") {
			t.Errorf("a generated trace must be called synthetic, was: %s", source)
		}
		names := ""
		for _, f := range tr.Functions {
			if !regexp.MustCompile(`^[a-z]+-\d+$`).MatchString(f.Name) {
				t.Errorf("%q is not a name of a function", f.Name)
			}
			names += fmt.Sprint(f.Name, f.Counts, " ")
		}
		return names
	}
	first, again, other := load(1), load(1), load(2)
	if first != again {
		t.Error("one seed, two scenarios")
	}
	if first == other {
		t.Error("two seeds, one scenario")
	}
}
