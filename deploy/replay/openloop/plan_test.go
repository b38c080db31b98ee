package openloop_test

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/replay/openloop"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// traceOf makes a trace of functions named a, b, ... with the given calls.
func traceOf(counts ...[]int32) *trace.Trace {
	t := &trace.Trace{Minutes: len(counts[0])}
	for i, c := range counts {
		t.Functions = append(t.Functions, trace.Function{Name: string(rune('a' + i)), Counts: c})
	}
	return t
}

func plan(t *testing.T, tr *trace.Trace, o openloop.PlanOptions) []openloop.Call {
	t.Helper()
	calls, err := openloop.Plan(tr, o)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(calls)
}

func TestPlanKeepsTheCountsOfEachMinute(t *testing.T) {
	tr := traceOf([]int32{3, 0, 50, series.NoData, 1}, []int32{0, 7, 0, 2, 1})
	for _, spread := range []openloop.Spread{openloop.Poisson, openloop.Even} {
		got := map[int][]int32{0: make([]int32, 5), 1: make([]int32, 5)}
		calls := plan(t, tr, openloop.PlanOptions{Seed: 4, Spread: spread})
		for _, c := range calls {
			got[c.Function][c.Due/time.Minute]++
		}
		if !slices.Equal(got[0], []int32{3, 0, 50, 0, 1}) || !slices.Equal(got[1], tr.Functions[1].Counts) {
			t.Errorf("%s: calls by minute are %v", spread, got)
		}
		if !slices.IsSortedFunc(calls, func(a, b openloop.Call) int { return int(a.Due - b.Due) }) {
			t.Errorf("%s: not in the order of the times due", spread)
		}
	}
}

func TestPlanIsTheSameForTheSameSeed(t *testing.T) {
	tr := traceOf([]int32{20, 20}, []int32{20, 20})
	first := plan(t, tr, openloop.PlanOptions{Seed: 1})
	if !slices.Equal(first, plan(t, tr, openloop.PlanOptions{Seed: 1})) {
		t.Error("equal seeds gave unequal times")
	}
	if slices.Equal(first, plan(t, tr, openloop.PlanOptions{Seed: 2})) {
		t.Error("another seed gave the same times")
	}
	of := func(calls []openloop.Call, f int) []openloop.Call {
		return slices.DeleteFunc(slices.Clone(calls), func(c openloop.Call) bool { return c.Function != f })
	}
	if slices.Equal(of(first, 0)[0:1], of(first, 1)[0:1]) {
		t.Error("two functions call at the same times")
	}
	alone := plan(t, traceOf([]int32{20, 20}, []int32{0, 0}), openloop.PlanOptions{Seed: 1})
	if !slices.Equal(of(first, 0), alone) {
		t.Error("the times of a function depend on another")
	}
}

func TestPlanWindow(t *testing.T) {
	tr := traceOf([]int32{9, 1, 2, 9})
	calls := plan(t, tr, openloop.PlanOptions{From: 1, Minutes: 2})
	if len(calls) != 3 || calls[0].Due >= time.Minute || calls[1].Due < time.Minute || calls[2].Due >= 2*time.Minute {
		t.Errorf("calls are %v; want one in the first minute, two in the second", calls)
	}
	whole := plan(t, tr, openloop.PlanOptions{})
	if due := whole[9].Due - time.Minute; due != calls[0].Due {
		t.Errorf("minute 1 calls after %v alone, after %v in the whole", calls[0].Due, due)
	}
}

func TestEvenCallsKeepTheirDistance(t *testing.T) {
	calls := plan(t, traceOf([]int32{4}), openloop.PlanOptions{Seed: 5, Spread: openloop.Even})
	for i := 1; i < len(calls); i++ {
		if d := calls[i].Due - calls[i-1].Due; d != 15*time.Second {
			t.Errorf("distance %d is %v; want 15 s", i, d)
		}
	}
}

// 6,000 uniform times in a minute: about a tenth in each tenth.
func TestPoissonCallsCoverTheMinute(t *testing.T) {
	var tenths [10]int
	for _, c := range plan(t, traceOf([]int32{6000}), openloop.PlanOptions{Seed: 6}) {
		tenths[c.Due/(6*time.Second)]++
	}
	for i, n := range tenths {
		if n < 500 || n > 700 {
			t.Errorf("%d calls in tenth %d; want 600 within 100", n, i)
		}
	}
}

func TestTimersFireAtTheirSecond(t *testing.T) {
	o := openloop.PlanOptions{Seed: 7, Timers: true}
	calls := plan(t, traceOf([]int32{1, 0, 1, 1}), o)
	for _, c := range calls {
		if c.Due%time.Minute != calls[0].Due%time.Minute {
			t.Errorf("call at %v; the first is at %v in its minute", c.Due, calls[0].Due)
		}
	}
}

func TestPlanRefusesOptionsOutOfBounds(t *testing.T) {
	tr := traceOf(make([]int32, 10))
	for want, o := range map[string]openloop.PlanOptions{
		"-from must be between 0 and 9, was: 10":             {From: 10},
		"-from must be between 0 and 9, was: -1":             {From: -1},
		"-minutes must be between 1 and 6, was: 7":           {From: 4, Minutes: 7},
		"-minutes must be between 1 and 10, was: -1":         {Minutes: -1},
		`-spread must be poisson or even, was: "everywhere"`: {Spread: "everywhere"},
	} {
		if _, err := openloop.Plan(tr, o); err == nil || err.Error() != want {
			t.Errorf("error is %v; want %s", err, want)
		}
	}
}

// A plan is computed minute by minute: its first call does not need the whole year.
func TestPlanStreams(t *testing.T) {
	counts := make([]int32, trace.MaxMinutes)
	for i := range counts {
		counts[i] = 1 << 10
	}
	calls, err := openloop.Plan(traceOf(counts), openloop.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	next, stop := iter.Pull(calls)
	defer stop()
	if _, ok := next(); !ok {
		t.Error("no call")
	}
}

func TestSelect(t *testing.T) {
	tr := traceOf([]int32{0, 0, 9}, []int32{1, 1, 0}, []int32{5, 5, 5}, []int32{0, 1, 0})
	for _, c := range []struct {
		name string
		s    openloop.Selection
		want string // pairs trace=deployed, or the error
	}{
		{"all under their own names", openloop.Selection{}, "a=a b=b c=c d=d"},
		{"those with calls in the window", openloop.Selection{MinCalls: 1}, "b=b c=c d=d"},
		{"not the busy ones", openloop.Selection{MinCalls: 1, MaxCalls: 4}, "b=b d=d"},
		{"one to one in order", openloop.Selection{MinCalls: 1, Deployed: []string{"x", "y"}}, "b=x c=y"},
		{"by name", openloop.Selection{Match: regexp.MustCompile("[ad]")}, "a=a d=d"},
		{"at most two", openloop.Selection{Limit: 2}, "a=a b=b"},
		{"by map", openloop.Selection{Map: map[string]string{"d": "last", "b": "second"}}, "b=second d=last"},
		{"none left", openloop.Selection{MinCalls: 99}, "no function of the trace is selected"},
		{"too few for the deployed", openloop.Selection{MinCalls: 10, Deployed: []string{"x", "y"}}, "the selection must have a function for each of 2 deployed ones, had: 1"},
		{"map names an unknown function", openloop.Selection{Map: map[string]string{"b": "x", "q": "y"}}, "the map must name functions of the selection, 1 of 2 are not there"},
		{"two for one", openloop.Selection{Map: map[string]string{"b": "x", "c": "x"}}, "deployed function x stands for both b and c"},
		{"path for a name", openloop.Selection{Deployed: []string{"x/../y"}}, `deployed function for a must be a name, was: "x/../y"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			part, deployed, err := c.s.Select(tr, 0, 2)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				var pairs []string
				for i, f := range part.Functions {
					pairs = append(pairs, f.Name+"="+deployed[i])
				}
				got = strings.Join(pairs, " ")
			}
			if got != c.want {
				t.Errorf("selected %s; want %s", got, c.want)
			}
		})
	}
}

func TestDeployedName(t *testing.T) {
	for name, want := range map[string]string{
		"resize":                          "resize",
		"Resize_Image.v2":                 "resize-image-v2",
		"17":                              "fn-17",
		"--":                              "fn",
		strings.Repeat("0", 64):           "fn-" + strings.Repeat("0", 60),
		strings.Repeat("a", 62) + "-long": strings.Repeat("a", 62),
		"400---418---pool22-300-128":      "fn-400---418---pool22-300-128",
		"ä":                               "fn",
	} {
		if got := openloop.DeployedName(name); got != want {
			t.Errorf("%s becomes %s; want %s", name, got, want)
		}
	}
}

func FuzzDeployedName(f *testing.F) {
	fit := regexp.MustCompile(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)
	f.Add("A_b.C")
	f.Add("-9\xff")
	f.Fuzz(func(t *testing.T, name string) {
		if got := openloop.DeployedName(name); !fit.MatchString(got) {
			t.Errorf("%q becomes %q", name, got)
		}
	})
}
