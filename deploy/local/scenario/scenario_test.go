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

// every is called every period minutes.
func every(period int, calls int32) trace.Function {
	f := trace.Function{Name: "original", Trigger: "Timer", Counts: make([]int32, 120)}
	for m := 0; m < len(f.Counts); m += period {
		f.Counts[m] = calls
	}
	return f
}

func TestPickTakesWhatAPolicyCanActOn(t *testing.T) {
	busy := every(10, 1)
	busy.Duration = 3600
	tr := &trace.Trace{Minutes: 120, Functions: []trace.Function{
		every(1, 1),    // never idle
		every(119, 1),  // nothing to learn
		every(10, 500), // too much for the machine
		busy,           // too long
		every(10, 2),   // this one
	}}
	got, err := scenario.Pick(tr, scenario.Options{Minutes: 120, Functions: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if f := got.Functions[0]; f.Name != "timer-1" || f.Counts[10] != 2 || len(got.Functions) != 1 {
		t.Errorf("got %+v", f)
	}
	if _, err := scenario.Pick(tr, scenario.Options{Minutes: 120, Functions: 2}); !errors.Is(err, scenario.ErrTooFew) {
		t.Errorf("got %v", err)
	}
	if _, err := scenario.Pick(tr, scenario.Options{From: 60, Minutes: 120, Functions: 1}); err == nil || !strings.Contains(err.Error(), "60 to 180") {
		t.Errorf("minutes outside the trace: got %v", err)
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
				t.Errorf("%q is no name of a function", f.Name)
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
