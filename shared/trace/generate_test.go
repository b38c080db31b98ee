package trace_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/trace"
)

func generate(t *testing.T, o trace.GeneratorOptions) *trace.Trace {
	t.Helper()
	got, err := trace.Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestGenerateRepeatsItself(t *testing.T) {
	o := trace.GeneratorOptions{Seed: 7, Functions: 40, Minutes: 500}
	first, second := generate(t, o), generate(t, o)
	if !reflect.DeepEqual(first, second) {
		t.Error("equal options gave unequal traces")
	}
	o.Seed = 8
	if reflect.DeepEqual(first, generate(t, o)) {
		t.Error("another seed gave the same trace")
	}
	o.Seed, o.Functions = 7, 20
	if !reflect.DeepEqual(first.Functions[:20], generate(t, o).Functions) {
		t.Error("a smaller trace is not the beginning of a larger one")
	}
}

func TestGenerateDefaults(t *testing.T) {
	got := generate(t, trace.GeneratorOptions{})
	if got.Layout != trace.Generated || len(got.Functions) != 1000 || got.Minutes != 1440 || got.Start != 0 {
		t.Errorf("layout %s, %d functions, %d minutes from %d", got.Layout, len(got.Functions), got.Minutes, got.Start)
	}
	seen := map[string]bool{}
	for _, f := range got.Functions {
		if seen[f.Name] || len(f.Counts) != 1440 || f.Duration <= 0 || f.Owner == "" {
			t.Fatalf("function %q of %q: %d counts, duration %v", f.Name, f.Owner, len(f.Counts), f.Duration)
		}
		seen[f.Name] = true
	}
}

func TestGenerateRefusesWhatIsOutOfBounds(t *testing.T) {
	for want, o := range map[string]trace.GeneratorOptions{
		"functions must be 1 to 1000000, was: -1": {Functions: -1},
		"minutes must be 1 to 527040, was: -5":    {Minutes: -5},
		"start must be 0 to 527040, was: -2":      {Start: -2},
	} {
		if _, err := trace.Generate(o); err == nil || err.Error() != want {
			t.Errorf("error is %v; want %s", err, want)
		}
	}
}

// Shares of regions are those of the published number of functions.
func TestGenerateRegionsAndOwners(t *testing.T) {
	got := generate(t, trace.GeneratorOptions{Seed: 1, Functions: 5000, Minutes: 1})
	regions, owned := map[string]float64{}, map[string]int{}
	for _, f := range got.Functions {
		regions[f.App]++
		owned[f.Owner]++
	}
	for region, want := range map[string]float64{"r1": 2307, "r2": 2078, "r3": 214, "r4": 7513, "r5": 521} {
		if share := regions[region] / 5000; math.Abs(share-want/12633) > 0.02 {
			t.Errorf("%s has %.3f of the functions; want %.3f within 0.02", region, share, want/12633)
		}
	}
	single := 0
	for _, n := range owned {
		if n == 1 {
			single++
		}
	}
	if share := float64(single) / float64(len(owned)); share < 0.6 || share > 0.9 {
		t.Errorf("%.2f of users own one function; published are 0.60 to 0.90", share)
	}
}

// Over a day most functions that are not rare are sparse, as in the published
// traces, and timers call at a fixed distance.
func TestGenerateIsSparseWithTimers(t *testing.T) {
	got := generate(t, trace.GeneratorOptions{Seed: 3, Functions: 2000, SkipRare: true})
	timers, silent, zero := 0, 0, 0
	for _, f := range got.Functions {
		if f.Calls() == 0 {
			silent++
		}
		zero += got.Minutes - f.ActiveMinutes()
		if f.Trigger == "timer" {
			timers++
			if runs := f.ActiveMinutes(); runs < 18 || runs > 300 {
				t.Errorf("timer %s runs in %d minutes of a day; periods are 5 to 60 minutes", f.Name, runs)
			}
		}
	}
	if share := float64(timers) / 2000; math.Abs(share-0.6) > 0.04 {
		t.Errorf("%.3f are timers; want 0.6 within 0.04", share)
	}
	if share := float64(silent) / 2000; share > 0.05 {
		t.Errorf("%.3f are never called although the rare are left out", share)
	}
	if share := float64(zero) / float64(2000*1440); share < 0.7 || share > 0.95 {
		t.Errorf("%.3f of all minutes are without calls; want 0.7 to 0.95", share)
	}
}

func TestGenerateRareShareAndMinuteZero(t *testing.T) {
	got := generate(t, trace.GeneratorOptions{Seed: 5, Functions: 800, Minutes: 7 * trace.MinutesPerDay})
	quiet, functions := 0.0, 0.0
	var onTheHour, all float64
	for _, f := range got.Functions {
		if f.App != "r4" {
			continue
		}
		functions++
		if f.Calls() < 10 {
			quiet++
		}
		if f.Trigger != "timer" {
			continue
		}
		for m, c := range f.Counts {
			all += float64(c)
			if m%60 == 0 {
				onTheHour += float64(c)
			}
		}
	}
	if share := quiet / functions; math.Abs(share-0.65) > 0.06 {
		t.Errorf("%.3f of region 4 have fewer than ten calls; published is 0.65, want it within 0.06", share)
	}
	if ratio := onTheHour / all * 60; ratio < 2.5 {
		t.Errorf("timers of region 4 fire at :00 %.2f times as often as on average; published for all calls is 3.9", ratio)
	}
}

// Dense functions follow the day: region 1 has a peak to trough of 2.52.
func TestGenerateFollowsTheDay(t *testing.T) {
	got := generate(t, trace.GeneratorOptions{Seed: 9, Functions: 2500, SkipRare: true})
	var peak, trough float64
	for _, f := range got.Functions {
		if f.App != "r1" || f.Trigger != "http" {
			continue
		}
		peak += mean(f.Counts[14*60 : 16*60])
		trough += mean(f.Counts[2*60 : 4*60])
	}
	if ratio := peak / trough; ratio < 1.9 || ratio > 3.2 {
		t.Errorf("peak to trough is %.2f; want about 2.52", ratio)
	}
}

func TestGenerateFunctionsStopsWhenAsked(t *testing.T) {
	functions, err := trace.GenerateFunctions(trace.GeneratorOptions{Minutes: 10})
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for f := range functions {
		if taken++; taken == 3 {
			if !strings.HasSuffix(f.Name, "-000002") {
				t.Errorf("third function is %s", f.Name)
			}
			break
		}
	}
	if taken != 3 {
		t.Errorf("took %d functions; want 3", taken)
	}
}

func mean(counts []int32) float64 {
	sum := 0.0
	for _, c := range counts {
		sum += float64(c)
	}
	return sum / float64(len(counts))
}
