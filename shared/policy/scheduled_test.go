package policy_test

import (
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// sure returns a forecast that is sure of calls that need n replicas in each step, or of none.
func sure(n int32) *event.Forecast {
	f := quiet()
	for h := 1; h <= event.Horizons && n > 0; h++ {
		expect(f, h, 1, n, n, n, n)
	}
	return f
}

// by returns a limit with a text that a reason can be searched for.
func by(replicas int, why string) *policy.Limit { return &policy.Limit{Replicas: replicas, Why: why} }

func TestAScheduleBoundsWhatTheForecastWants(t *testing.T) {
	for _, c := range []struct {
		cause    string
		need     int32 // of the forecast in each step
		schedule *policy.Scheduled
		want     int
		reason   string
	}{
		{"the minimum raises", 0, &policy.Scheduled{AtLeast: by(3, "until six")}, 3, ": release; at least 3 by the schedule until six"},
		{"the maximum lowers", 8, &policy.Scheduled{AtMost: by(5, "until six")}, 5, "; at most 5 by the schedule until six"},
		{"what lies within both stays", 4, &policy.Scheduled{AtLeast: by(3, "until six"), AtMost: by(5, "until five")}, 4,
			"; the schedule wants at least 3 until six; the schedule wants at most 5 until five; by Little's law"},
		{"a maximum of none releases all", 4, &policy.Scheduled{AtMost: by(0, "until six")}, 0, "; at most 0 by the schedule until six"},
		{"a period that begins is stronger than the maximum before it", 0, &policy.Scheduled{AtLeast: by(5, "from eight"), AtMost: by(1, "until eight")}, 5, "; at least 5 by the schedule from eight"},
		{"no schedule", 4, nil, 4, ""},
	} {
		f := sure(c.need)
		s := policy.State{Current: 4, Available: 4, Max: 20, Concurrency: 1, Schedule: c.schedule}
		d := policy.Decide(start, f, s, policy.DefaultConfig())
		if d.Wanted != c.want || !strings.Contains(d.Reason, c.reason) || c.schedule == nil && strings.Contains(d.Reason, "schedule") {
			t.Errorf("%s: got %d, %s", c.cause, d.Wanted, d.Reason)
		}
		if n := policy.Wanted(start, f, s, policy.DefaultConfig()); n != d.Wanted {
			t.Errorf("%s: Wanted returns %d, Decide %d", c.cause, n, d.Wanted)
		}
	}
}

func TestTheFunctionsOwnLimitsAreStrongerThanTheSchedule(t *testing.T) {
	s := policy.State{Current: 4, Available: 4, Min: 2, MinActive: 2, Max: 6, Concurrency: 1, Schedule: &policy.Scheduled{AtLeast: by(9, "until six")}}
	if d := policy.Decide(start, sure(0), s, policy.DefaultConfig()); d.Wanted != 6 || !strings.Contains(d.Reason, "; at least 9 by the schedule until six; at most 6 by the function's limits") || d.Inputs.Min != 6 {
		t.Errorf("above the most: got %d, %s", d.Wanted, d.Reason)
	}
	s.Schedule = &policy.Scheduled{AtMost: by(0, "until six")}
	if d := policy.Decide(start, sure(0), s, policy.DefaultConfig()); d.Wanted != 2 || !strings.Contains(d.Reason, "; at least 2 by the function's limits") || d.Inputs.Max != 2 {
		t.Errorf("below the fewest: got %d, %s", d.Wanted, d.Reason)
	}
}

func TestOtherControllersAreStrongerThanTheSchedule(t *testing.T) {
	s := policy.State{Current: 1, Available: 1, Min: 1, MinActive: 1, Max: 20, Concurrency: 1, Schedule: &policy.Scheduled{AtLeast: by(9, "until six")}, AtMost: by(5, "the gateway refused 9")}
	if d := policy.Decide(start, sure(0), s, policy.DefaultConfig()); d.Wanted != 5 || !strings.Contains(d.Reason, "; at least 9 by the schedule until six; but the gateway refused 9") {
		t.Errorf("got %d, %s", d.Wanted, d.Reason)
	}
	s = policy.State{Current: 0, Max: 20, Concurrency: 1, IdlerTakes: true, Schedule: &policy.Scheduled{AtLeast: by(3, "until six")}}
	if d := policy.Decide(start, sure(0), s, policy.DefaultConfig()); d.Wanted != 0 || !strings.Contains(d.Reason, "; at least 3 by the schedule until six; but the idler takes replicas that no call uses: hold 0") {
		t.Errorf("beside the idler: got %d, %s", d.Wanted, d.Reason)
	}
}

// A schedule rests on the clock alone.
func TestAScheduleNeedsNoData(t *testing.T) {
	unknown := sure(0)
	unknown.Recent = []int32{-1}
	late := sure(0)
	late.Origin -= 3600 * 24
	for cause, f := range map[string]*event.Forecast{"the last step has no data: hold": unknown, "the forecast is older than it looks ahead: hold": late} {
		for _, c := range []struct {
			schedule *policy.Scheduled
			want     int
		}{
			{&policy.Scheduled{AtLeast: by(3, "until six")}, 3}, {&policy.Scheduled{AtMost: by(1, "until six")}, 1}, {&policy.Scheduled{AtLeast: by(1, "until six"), AtMost: by(9, "until six")}, 2}, {nil, 2},
		} {
			s := policy.State{Current: 2, Available: 2, Max: 20, Concurrency: 1, Schedule: c.schedule}
			if d := policy.Decide(start, f, s, policy.DefaultConfig()); d.Wanted != c.want || !strings.HasPrefix(d.Reason, cause) || c.schedule != nil && !strings.Contains(d.Reason, "schedule") {
				t.Errorf("%s: got %d, %s", cause, d.Wanted, d.Reason)
			}
		}
	}
}

// Neither the rates of change nor what scale-in otherwise waits for bounds the schedule.
func TestAScheduleIsNotBoundedByRatesAndWaits(t *testing.T) {
	c := policy.DefaultConfig()
	c.MaxUp, c.MaxDown = 1.5, 1.5
	s := policy.State{Current: 2, Available: 2, Max: 100, Concurrency: 1, Schedule: &policy.Scheduled{AtLeast: by(40, "until six")}}
	if d := policy.Decide(start, sure(0), s, c); d.Wanted != 40 {
		t.Errorf("up: got %d, %s", d.Wanted, d.Reason)
	}
	f := sure(0)
	f.InFlight, f.Provisional = 30, true
	s = policy.State{Current: 40, Available: 40, Max: 100, Concurrency: 1, Raised: true, Schedule: &policy.Scheduled{AtMost: by(3, "until six")}}
	if d := policy.Decide(start, f, s, c); d.Wanted != 3 {
		t.Errorf("down: got %d, %s", d.Wanted, d.Reason)
	}
}

func TestARaiseKeepsToTheMaximumOfTheSchedule(t *testing.T) {
	f := sure(1)
	f.InFlight = 9
	s := policy.State{Current: 2, Available: 2, Max: 20, Concurrency: 1, Schedule: &policy.Scheduled{AtMost: by(4, "until six")}}
	if d := policy.Raise(f, s, policy.DefaultConfig()); d.Wanted != 4 || !strings.Contains(d.Reason, "; at most 4 by the schedule until six") {
		t.Errorf("got %d, %s", d.Wanted, d.Reason)
	}
	s.Current = 6 // a raise takes nothing away
	if d := policy.Raise(f, s, policy.DefaultConfig()); d.Wanted != 6 {
		t.Errorf("above the maximum: got %d, %s", d.Wanted, d.Reason)
	}
}

// As long as the schedule keeps a replica, no cold start is expected.
func TestColdStartsAreExpectedOnlyAfterTheMinimumEnds(t *testing.T) {
	f := sure(0)
	for h := range f.PActive {
		f.PActive[h] = 0.04
	}
	f.ExpectedCold = 2
	left := func(steps int64) float64 {
		s := policy.State{Max: 20, Concurrency: 1}
		if steps > 0 {
			s.Schedule = &policy.Scheduled{AtLeast: by(1, "until then"), Until: f.Origin + steps*int64(f.StepSeconds)}
		}
		return policy.Decide(start, f, s, policy.DefaultConfig()).Inputs.ExpectedColdLeft
	}
	none, half, whole := left(0), left(30), left(60)
	if none <= 0 || half >= none || half <= 0 || whole != 0 {
		t.Errorf("%v without a schedule, %v with one of half the time, %v of the whole time", none, half, whole)
	}
}
