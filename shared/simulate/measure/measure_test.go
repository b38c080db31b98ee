package measure_test

import (
	"context"
	"math"
	"reflect"
	"testing"

	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/measure"
	"prewarm/shared/trace"
)

// first is the first minute that is scored.
const first = simulate.WarmUpMinutes

// plan is a policy that keeps what it is told: replicas by function, from minute first on.
type plan [][]int32

func (plan) Name() string { return "plan" }

func (p plan) Warm(warm []int32, h simulate.History) {
	for f := range warm {
		warm[f] = 9 // in the warm-up, which is not scored
		if m := h.Minute() - first; m >= 0 {
			warm[f] = p[f][m]
		}
	}
}

// calls returns counts with the given ones from minute first on, after a warm-up in which
// there are some as well.
func calls(scored ...int32) []int32 {
	counts := make([]int32, first, first+len(scored))
	counts[first-100] = 1
	return append(counts, scored...)
}

// measured runs a policy over functions.
func measured(t *testing.T, p simulate.Policy, functions ...trace.Function) measure.Measures {
	t.Helper()
	w := simulate.NewWorkload(&trace.Trace{Minutes: len(functions[0].Counts), Functions: functions}, 1)
	meter := measure.NewPopulation(w).Meter()
	if err := simulate.Run(context.Background(), w, p, meter); err != nil {
		t.Fatal(err)
	}
	return meter.Measures()
}

// three are the functions of the worked example: two of the application shop, and one
// whose calls run for a minute and a half.
func three() []trace.Function {
	return []trace.Function{
		{Name: "pay", App: "shop", MemoryMB: 1000, Duration: 30, Counts: calls(0, 2, 0, 1, 0)},
		{Name: "send", App: "shop", MemoryMB: 2000, Counts: calls(0, 1, 0, 0, 0)},
		{Name: "read", App: "mail", MemoryMB: 500, Duration: 90, Counts: calls(0, 0, 3, 0, 0)},
	}
}

// warmth is what the example keeps warm of them.
func warmth() plan { return plan{{0, 0, 1, 2, 1}, {1, 0, 0, 0, 0}, {0, 1, 1, 3, 0}} }

// near compares to four decimals.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.00005 {
		t.Errorf("%s is %.5f; want %.4f", what, got, want)
	}
}

// spread compares p50, p75, p90 and the share that is always cold.
func spread(t *testing.T, what string, got measure.Rates, counted int, p50, p75, p90, always float64) {
	t.Helper()
	if got.Counted != counted {
		t.Errorf("%s: %d are counted; want %d", what, got.Counted, counted)
	}
	near(t, what+" p50", got.P50, p50)
	near(t, what+" p75", got.P75, p75)
	near(t, what+" p90", got.P90, p90)
	near(t, what+" always cold", got.AlwaysCold, always)
}

// pay needs 1 replica in minutes 1 and 3 (loads 1 and 0.5), send 1 in minute 1 (load 0),
// read 3 in minute 2 and 2 in minute 3, on which its calls still run (loads 3 and 1.5).
// Cold are 1 of pay, 1 of send and 2 of read. Idle are 3 minutes of pay (1 GB), 1 of send
// (2 GB), 2 of read (0.5 GB): 60 * (3 + 2 + 1) = 360 GB·s. Unused are half a minute of pay,
// one of send, half of one of read: 30 + 120 + 15 = 165 GB·s.
func TestRUMByHand(t *testing.T) {
	m := measured(t, warmth(), three()...)
	if m.ColdStarts != 4 {
		t.Errorf("%d cold starts; want 4", m.ColdStarts)
	}
	near(t, "idle GB·s", m.IdleGBs, 360)
	near(t, "unused GB·s", m.UnusedGBs, 165)
	// 4 * 0.808 = 3.232; 360 / 99.69 = 3.6112; 525 / 99.69 = 5.2663.
	near(t, "RUM", m.RUM.Idle, 3.232+3.6112)
	near(t, "RUM with all waste", m.RUM.All, 3.232+5.2663)
	near(t, "RUM with dear cold starts", m.RUM.ColdIdle, 12.928+3.6112)
	near(t, "RUM with dear cold starts, all waste", m.RUM.ColdAll, 12.928+5.2663)
	near(t, "RUM with dear memory", m.RUM.MemoryIdle, 3.232+14.4448)
	near(t, "RUM with dear memory, all waste", m.RUM.MemoryAll, 3.232+21.0653)
	// 1 of 2 cold, 1 of 1, 2 of 5.
	spread(t, "functions", m.Functions, 3, 0.5, 0.75, 0.9, 1.0/3)
}

// pay has one cold minute of three invocations, send one of one, read none: its minute
// began with one warm replica. Without an invocation are warm: pay in minutes 2 and 4, send
// in 0, read in 1 and in 3, in which its calls still run.
func TestSPESByHand(t *testing.T) {
	m := measured(t, warmth(), three()...).SPES
	if m.ColdMinutes != 2 || m.WastedMinutes != 5 {
		t.Errorf("%d cold and %d wasted minutes; want 2 and 5", m.ColdMinutes, m.WastedMinutes)
	}
	spread(t, "SPES", m.Rates, 3, 1.0/3, 2.0/3, 0.8667, 1.0/3)
}

// The shop has four invocations in two minutes, of which it is cold in one. It is warm
// without an invocation in minutes 0 (send), 2 and 4 (pay), mail in minutes 1 and 3.
func TestApplicationsByHand(t *testing.T) {
	m := measured(t, warmth(), three()...).Applications
	if m.ColdMinutes != 1 || m.WastedMinutes != 5 {
		t.Errorf("%d cold and %d wasted minutes; want 1 and 5", m.ColdMinutes, m.WastedMinutes)
	}
	spread(t, "applications", m.Rates, 2, 0.125, 0.1875, 0.225, 0)
	spread(t, "applications by minute", m.ByMinute, 2, 0.25, 0.375, 0.45, 0)
}

// One warm function is enough for the application: the other's call finds it warm.
func TestAnApplicationIsWarmIfOneOfItsFunctionsIs(t *testing.T) {
	shop := []trace.Function{{Name: "pay", App: "shop", Counts: calls(1)}, {Name: "send", App: "shop", Counts: calls(0)}}
	m := measured(t, plan{{0}, {1}}, shop...)
	if m.Applications.ColdMinutes != 0 || m.Applications.WastedMinutes != 0 || m.SPES.ColdMinutes != 1 || m.SPES.WastedMinutes != 1 {
		t.Errorf("applications %+v, SPES %+v; want none of the application, and one of each function", m.Applications, m.SPES)
	}
}

// A function without a call has no rate, but what it keeps warm is waste.
func TestAFunctionWithoutCallsHasWasteAndNoRate(t *testing.T) {
	m := measured(t, plan{{1, 1}}, trace.Function{Name: "pay", MemoryMB: 1000, Counts: calls(0, 0)})
	if m.Functions.Counted != 0 || m.SPES.Counted != 0 || m.Applications.Counted != 0 {
		t.Errorf("rates %+v", m)
	}
	if m.IdleGBs != 120 || m.SPES.WastedMinutes != 2 || m.Applications.WastedMinutes != 2 {
		t.Errorf("waste %+v; want 120 GB·s and 2 minutes each", m)
	}
}

// The middle minute of pay was not measured: nothing is counted of it. The shop is measured
// in it by send.
func TestMinutesWithoutDataAreNotCounted(t *testing.T) {
	pay := trace.Function{Name: "pay", App: "shop", MemoryMB: 1000, Duration: 30, Counts: calls(1, series.NoData, 0)}
	send := trace.Function{Name: "send", App: "shop", MemoryMB: 1000, Counts: calls(0, 0, 0)}
	m := measured(t, plan{{0, 1, 1}, {0, 1, 0}}, pay, send)
	if m.ColdStarts != 1 || m.IdleGBs != 120 || m.UnusedGBs != 30 || m.SPES.WastedMinutes != 2 || m.Applications.WastedMinutes != 2 {
		t.Errorf("measures %+v; want 1 cold start, 120 idle and 30 unused GB·s, 2 wasted minutes", m)
	}
	alone := measured(t, plan{{0, 1, 1}}, pay)
	if alone.SPES.WastedMinutes != 1 || alone.Applications.WastedMinutes != 1 {
		t.Errorf("wasted minutes %+v; want 1, and none of the minute without data", alone)
	}
}

// The calls of read run on in minute 3, so that its replicas are held and do not start cold,
// whatever is warm. If that minute has no data, its unused half of a replica is not counted.
func TestHeldReplicasDoNotStartCold(t *testing.T) {
	read := three()[2]
	if m := measured(t, plan{{0, 0, 0, 0, 0}}, read); m.ColdStarts != 3 || m.UnusedGBs != 15 {
		t.Errorf("%d cold starts, %v GB·s unused; want 3 and 15", m.ColdStarts, m.UnusedGBs)
	}
	read.Counts[first+3] = series.NoData
	if m := measured(t, plan{{0, 0, 0, 0, 0}}, read); m.ColdStarts != 3 || m.UnusedGBs != 0 {
		t.Errorf("%d cold starts, %v GB·s unused; want 3 and 0", m.ColdStarts, m.UnusedGBs)
	}
}

// The unused part of needed minutes is the same for all policies, and the oracle has no
// other cost.
func TestTheOracleHasNoCostButUnusedMinutes(t *testing.T) {
	w := simulate.NewWorkload(&trace.Trace{Minutes: first + 5, Functions: three()}, 1)
	meter := measure.NewPopulation(w).Meter()
	if err := simulate.Run(context.Background(), w, simulate.NewOracle(w), meter); err != nil {
		t.Fatal(err)
	}
	m := meter.Measures()
	if m.RUM.Idle != 0 || m.RUM.ColdIdle != 0 || m.Functions.AlwaysCold != 0 {
		t.Errorf("measures %+v; want no cold start and no idle time", m)
	}
	near(t, "RUM with all waste", m.RUM.All, 1.6551)
	near(t, "RUM with dear memory, all waste", m.RUM.MemoryAll, 6.6205)
}

// Two runs have the same measures to the last bit.
func TestMeasuresAreTheSameInEachRun(t *testing.T) {
	if a, b := measured(t, warmth(), three()...), measured(t, warmth(), three()...); !reflect.DeepEqual(a, b) {
		t.Errorf("%+v and %+v", a, b)
	}
}

// Decisions on another workload are an error.
func TestDecisionsOfAnotherWorkloadAreRefused(t *testing.T) {
	w := simulate.NewWorkload(&trace.Trace{Minutes: first + 5, Functions: three()}, 1)
	meter := measure.NewPopulation(w).Meter()
	for _, c := range []struct{ minute, functions int }{{first, 2}, {first, 4}, {first + 5, 3}, {-1, 3}} {
		if err := meter.Minute(c.minute, make([]int32, c.functions)); err == nil {
			t.Errorf("minute %d of %d functions was accepted", c.minute, c.functions)
		}
	}
}
