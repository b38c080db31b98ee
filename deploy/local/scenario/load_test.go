package scenario_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prewarm/deploy/local/scenario"
	"prewarm/shared/trace"
)

// busy returns the replicas that f keeps busy in a minute.
func busy(f trace.Function, minute int) float64 { return float64(f.Counts[minute]) * f.Duration / 60 }

func TestLoadsHavePeaksThatNeedSeveralReplicas(t *testing.T) {
	const minutes = 1200
	for _, f := range scenario.Loads(6, minutes, false, 1) {
		var loads []float64
		sum := 0.0
		for m := range minutes {
			loads = append(loads, busy(f, m))
			sum += busy(f, m)
		}
		slices.Sort(loads)
		low, high, mean := loads[minutes/10], loads[minutes*97/100], sum/minutes
		if low > 1.2 || high < 2.5 || mean < 0.5 || mean > 2.5 {
			t.Errorf("%s: %.1f replicas are busy in a quiet minute, %.1f at a peak, %.1f in the mean", f.Name, low, high, mean)
		}
	}
}

// TestLightLoadsSuitTheCommunityEdition: its alert adds replicas above 5 calls per second, and
// it goes back to one replica, which must carry the mean load.
func TestLightLoadsSuitTheCommunityEdition(t *testing.T) {
	const minutes = 240
	for i, f := range scenario.Loads(6, minutes, true, 1) {
		if rate := float64(slices.Max(f.Counts)) / 60; (i == 0) != (rate > 5) {
			t.Errorf("%s: %.1f calls per second at its peak", f.Name, rate)
		}
		if mean := float64(f.Calls()) * f.Duration / 60 / minutes; mean > 0.9 {
			t.Errorf("%s: %.2f replicas are busy on average", f.Name, mean)
		}
	}
}

// TestPeaksComeWithTheirPeriod: a periodic load correlates with itself one period later;
// a random load does not.
func TestPeaksComeWithTheirPeriod(t *testing.T) {
	const minutes = 1200
	for _, f := range scenario.Loads(6, minutes, false, 2) {
		period, periodic := map[string]int{"peaks-10": 10, "peaks-15": 15, "peaks-20": 20, "peaks-30": 30, "wave-40": 40}[f.Name]
		if !periodic {
			period = 25
		}
		var mean, same, all float64
		for m := range minutes {
			mean += busy(f, m) / minutes
		}
		for m := range minutes - period {
			same += (busy(f, m) - mean) * (busy(f, m+period) - mean)
			all += (busy(f, m) - mean) * (busy(f, m) - mean)
		}
		if correlation := same / all; periodic != (correlation > 0.6) || math.IsNaN(correlation) {
			t.Errorf("%s: the correlation with itself after %d minutes is %.2f", f.Name, period, correlation)
		}
	}
}

func TestALoadMixHasLoadsAndSparseFunctions(t *testing.T) {
	for functions, loads := range map[int]int{1: 0, 5: 3, 10: 6, 11: 6} {
		o := scenario.Options{Minutes: 240, Functions: functions, Seed: 1}
		tr, source, err := scenario.LoadMix("", o)
		if err != nil {
			t.Fatal(err)
		}
		if len(tr.Functions) != functions || tr.Minutes != 240 || !strings.Contains(source, "synthetic loads") {
			t.Errorf("%d functions of %d: %s", len(tr.Functions), functions, source)
		}
		for i, f := range tr.Functions {
			if rate := float64(f.Calls()) / 240; i >= loads && rate >= 0.2 || len(f.Counts) != 240 {
				t.Errorf("function %d of %d, %s: %.2f calls a minute", i, functions, f.Name, rate)
			}
		}
		if again, _, _ := scenario.LoadMix("", o); !reflect.DeepEqual(tr, again) {
			t.Error("one seed, two scenarios")
		}
	}
}
