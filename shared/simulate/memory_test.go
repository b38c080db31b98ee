package simulate_test

import (
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// memories makes a workload of functions of the given applications and memory.
func memories(functions ...trace.Function) *simulate.Workload {
	for i := range functions {
		functions[i].Name, functions[i].Counts = string(rune('a'+i)), []int32{1}
	}
	return simulate.NewWorkload(&trace.Trace{Minutes: 1, Functions: functions}, 1)
}

// The median of the applications 100 and 300 is 200; the shop counts once, though it has
// two functions.
func TestUnknownMemoryIsTheMedianOfTheApplications(t *testing.T) {
	shop := trace.Function{App: "shop", MemoryMB: 100}
	w := memories(shop, shop, trace.Function{App: "mail", MemoryMB: 300}, trace.Function{App: "new"})
	for f, want := range []float64{100, 100, 300, 200} {
		if got := w.Functions[f].MemoryMB; got != want {
			t.Errorf("function %d has %v MB; want %v", f, got, want)
		}
	}
	if got := w.MemoryRules(); got != [3]int{3, 1, 0} {
		t.Errorf("rules were applied to %v functions; want 3 own, 1 median", got)
	}
	if w.Functions[0].Application != "shop" || w.Functions[3].Application != "new" {
		t.Errorf("applications %+v", w.Functions)
	}
}

// A trace without memory has 170 MB for each function.
func TestATraceWithoutMemoryHasTheDefault(t *testing.T) {
	w := memories(trace.Function{}, trace.Function{App: "shop"})
	if w.Functions[0].MemoryMB != 170 || w.Functions[1].MemoryMB != 170 || w.MemoryRules() != [3]int{0, 0, 2} {
		t.Errorf("functions %+v, rules %v", w.Functions, w.MemoryRules())
	}
	if w.Functions[0].Application != "a" {
		t.Errorf("a function without an application is %q; want one of its own", w.Functions[0].Application)
	}
}

// Each function of the excerpt has the memory of its application; the single day says
// nothing.
func TestMemoryOfTheTraces(t *testing.T) {
	for name, want := range map[string][3]int{"azure2019": {201, 0, 0}, "azure2019_single_day": {0, 0, 867}} {
		tr, err := trace.Open(testbed.Traces(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := simulate.NewWorkload(tr, 1).MemoryRules(); got != want {
			t.Errorf("%s: rules were applied to %v functions; want %v", name, got, want)
		}
	}
}
