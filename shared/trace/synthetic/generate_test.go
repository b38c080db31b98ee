package synthetic_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

func generate(t *testing.T, o synthetic.Options) *trace.Trace {
	t.Helper()
	got, err := synthetic.Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestGenerateRepeatsItself(t *testing.T) {
	o := synthetic.Options{Seed: 7, Functions: 40, Minutes: 500}
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
	got := generate(t, synthetic.Options{})
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
	for want, o := range map[string]synthetic.Options{
		"functions must be 1 to 1000000, was: -1": {Functions: -1},
		"minutes must be 1 to 527040, was: -5":    {Minutes: -5},
		"start must be 0 to 527040, was: -2":      {Start: -2},
	} {
		if _, err := synthetic.Generate(o); err == nil || err.Error() != want {
			t.Errorf("error is %v; want %s", err, want)
		}
	}
}

// A replica is kept alive for a minute, so calls after a minute of silence meet
// a cold start, and there is none without a call. Functions that are called ten
// times a minute and more are always warm.
func TestGenerateCallsAgreeWithColdStarts(t *testing.T) {
	o := synthetic.Options{Seed: 3, Functions: 400, Minutes: 3 * trace.MinutesPerDay, Start: 700, SkipRare: true}
	calls := generate(t, o).Functions
	o.ColdStarts = true
	for i, cold := range generate(t, o).Functions {
		if cold.Name != calls[i].Name || cold.Calls() > calls[i].Calls() {
			t.Fatalf("%s: %d cold starts, %d calls of %s", cold.Name, cold.Calls(), calls[i].Calls(), calls[i].Name)
		}
		dense := mean(calls[i].Counts) > 4
		for m := 1; m < o.Minutes; m++ {
			started := calls[i].Counts[m-1] == 0 && calls[i].Counts[m] > 0
			if cold.Counts[m] > calls[i].Counts[m] || started && cold.Counts[m] == 0 && !dense {
				t.Fatalf("%s (%s) in minute %d: %d calls after %d, %d cold starts", cold.Name, cold.Trigger, m, calls[i].Counts[m], calls[i].Counts[m-1], cold.Counts[m])
			}
		}
	}
}

// In a day of functions that are not rare, most minutes are silent, few
// functions are, and timers run at a fixed distance.
func TestGenerateIsSparseWithTimers(t *testing.T) {
	got := generate(t, synthetic.Options{Seed: 3, Functions: 2000, SkipRare: true})
	periodic, timers, silent, zero := 0, 0, 0, 0
	for _, f := range got.Functions {
		if f.Calls() == 0 {
			silent++
		}
		zero += got.Minutes - f.ActiveMinutes()
		if f.Trigger == "timer" && f.ActiveMinutes() > 10 {
			timers++
			if commonestGap(f.Counts) > 0.5 {
				periodic++
			}
		}
	}
	if share := float64(periodic) / float64(timers); share < 0.95 {
		t.Errorf("%.3f of the timers keep to a period in most runs; want nearly all", share)
	}
	if share := float64(silent) / 2000; share > 0.3 {
		t.Errorf("%.3f are never called although the rare are left out", share)
	}
	if share := float64(zero) / float64(2000*1440); share < 0.8 || share > 0.95 {
		t.Errorf("%.3f of all minutes are without calls; want 0.80 to 0.95", share)
	}
}

// commonestGap returns the share of the commonest gap between active minutes.
func commonestGap(counts []int32) float64 {
	gaps, last, all, most := map[int]int{}, -1, 0, 0
	for m, c := range counts {
		if c == 0 {
			continue
		}
		if last >= 0 {
			gaps[m-last]++
			all++
			most = max(most, gaps[m-last])
		}
		last = m
	}
	return float64(most) / float64(max(all, 1))
}

// The clock of a function does not begin with the trace: a timer that is seen
// from another minute on fires in the same minutes.
func TestGenerateTimersKeepTheClock(t *testing.T) {
	o := synthetic.Options{Seed: 4, Functions: 1000, Minutes: 600, ColdStarts: true}
	early := generate(t, o)
	o.Start, o.Minutes = 100, 500
	late := generate(t, o)
	compared := 0
	for i, f := range early.Functions {
		if f.Trigger != "timer" || commonestGap(f.Counts) < 1 || f.ActiveMinutes() < 3 {
			continue
		}
		compared++
		for m, c := range late.Functions[i].Counts {
			if other := f.Counts[m+100]; c != other && commonestGap(late.Functions[i].Counts) == 1 {
				t.Fatalf("%s at minute %d: %d from minute 100 on, %d from 0 on", f.Name, m+100, c, other)
			}
		}
	}
	if compared < 20 {
		t.Errorf("%d timers compared", compared)
	}
}

// Every cold start has its place in Counts, and parts that add up.
func TestGenerateColdStarts(t *testing.T) {
	o := synthetic.Options{Seed: 2, Functions: 200, Minutes: trace.MinutesPerDay, Start: 90}
	events, err := synthetic.ColdStarts(o)
	if err != nil {
		t.Fatal(err)
	}
	o.ColdStarts = true
	want, i, all := generate(t, o).Functions, 0, 0
	for f, starts := range events {
		counts := make([]int32, o.Minutes)
		last := 0.0
		for _, s := range starts {
			counts[int(s.Time/60)-o.Start]++
			parts := s.Pod + s.Code + s.Dependencies + s.Scheduling
			if s.Total <= 0 || s.Time < last || math.Abs(parts-s.Total) > 1e-9*s.Total || min(s.Pod, s.Code, s.Dependencies, s.Scheduling) < 0 {
				t.Fatalf("%s: cold start %+v after %v", f.Name, s, last)
			}
			last = s.Time
			all++
		}
		if !reflect.DeepEqual(counts, f.Counts) || !reflect.DeepEqual(f, want[i]) {
			t.Fatalf("%s: counts differ from its cold starts or from those of %s", f.Name, want[i].Name)
		}
		i++
	}
	if i != o.Functions || all < 1000 {
		t.Errorf("%d functions with %d cold starts", i, all)
	}
	for range events {
		break // stops when asked
	}
	if _, err := synthetic.ColdStarts(synthetic.Options{Minutes: -1}); err == nil {
		t.Error("options out of bounds are accepted")
	}
}

func TestGenerateFunctionsStopsWhenAsked(t *testing.T) {
	functions, err := synthetic.Functions(synthetic.Options{Minutes: 10})
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
