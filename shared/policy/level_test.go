package policy_test

import (
	"math"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// busy is a forecast that is sure of calls, with a past of the given loads. Its
// quantiles say 50, so that it shows where the number comes from.
func busy(loads ...float64) *event.Forecast {
	f := quiet()
	for h := range event.Horizons {
		expect(f, h+1, 1, 50, 50, 50, 50)
	}
	f.Recent = nil
	for _, l := range loads {
		need := int32(0)
		if l > 0 {
			need = int32(max(1, math.Ceil(l)))
		}
		f.Recent, f.RecentLoad = append(f.Recent, need), append(f.RecentLoad, event.Load(l))
	}
	return f
}

// repeat returns n loads by their step.
func repeat(n int, load func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = load(i)
	}
	return out
}

func wanted(f *event.Forecast, ratio float64) int {
	c := config()
	c.CostRatio, c.MaxDown = ratio, 100
	return policy.Wanted(start, f, state(20), c)
}

func TestLevelsComeFromTheOwnPastWhereThereIsOne(t *testing.T) {
	s := state(20)
	s.Max = 100
	d := policy.Decide(start, busy(repeat(180, func(int) float64 { return 3.4 })...), s, config())
	check(t, "a steady load of 3.4", d, 10, "4 warm by the function's own past; limited to 10 by the scale-down rate")
	d = policy.Decide(start, busy(0, 3.4, 3.4), s, config())
	check(t, "two active steps say too little", d, 50, "by the forecast's quantiles")
}

func TestALevelIsWorthWhatItCosts(t *testing.T) {
	// Every tenth step needs 9, the others 2, without any rhythm that a lag
	// would show: step 10 i + i mod 7.
	f := busy(repeat(180, func(i int) float64 {
		if i%10 == i/10%7 {
			return 8.5
		}
		return 1.5
	})...)
	if dear, cheap := wanted(f, 0.02), wanted(f, 0.4); dear < 9 || cheap > 3 {
		t.Errorf("%d replicas where idling is cheap, %d where it is dear; expected at least 9 and at most 3", dear, cheap)
	}
}

func TestALoadThatRepeatsEachHourIsMet(t *testing.T) {
	hourly := func(i int) float64 {
		if i%60 == 0 {
			return 11.5
		}
		return 1.5
	}
	c := config()
	c.CostRatio, c.MaxDown = 0.1, 100
	s := state(2)
	if n := policy.Wanted(start, busy(repeat(180, hourly)...), s, c); n < 12 {
		t.Errorf("%d replicas at the full hour, 12 were needed at the last two", n)
	}
	if n := policy.Wanted(start, busy(repeat(180, func(i int) float64 { return hourly(i + 1) })...), s, c); n > 2 {
		t.Errorf("%d replicas a minute past the full hour, 2 are needed", n)
	}
}

func TestFractionsOfAReplicaTellHowNearTheNextOneIs(t *testing.T) {
	// The load varies by 5 %. At 2.3 it stays below 3, at 2.95 it does not.
	varying := func(level float64) []float64 {
		return repeat(180, func(i int) float64 { return level * (1 + 0.05*math.Sin(float64(i*i))) })
	}
	c := config()
	c.MaxDown = 100
	if n := policy.Wanted(start, busy(varying(2.3)...), state(3), c); n != 3 {
		t.Errorf("%d replicas for loads about 2.3, expected 3", n)
	}
	if n := policy.Wanted(start, busy(varying(2.95)...), state(3), c); n != 4 {
		t.Errorf("%d replicas for loads about 2.95, expected 4", n)
	}
	unknown := busy(varying(2.95)...)
	unknown.RecentLoad = nil
	if n := policy.Wanted(start, unknown, state(3), c); n < 3 || n > 4 {
		t.Errorf("%d replicas where needs of 3 and 4 are all that is known", n)
	}
}

func TestALevelIsBoundedByWhatWasSeen(t *testing.T) {
	// One burst of 40 in a quiet past: no error may be blown up beyond it.
	loads := repeat(180, func(i int) float64 { return 0.6 + 0.3*math.Sin(float64(i)) })
	loads[50] = 40
	c := config()
	c.CostRatio, c.MaxDown = 1e-3, 100
	s := state(0)
	s.Max = 1000
	if n := policy.Wanted(start, busy(loads...), s, c); n > 50 {
		t.Errorf("%d replicas, at most a quarter more than ever seen", n)
	}
}

func TestALongerLookaheadMeetsTheLargestOfItsSteps(t *testing.T) {
	sawtooth := func(i int) float64 { return float64(i%5) + 0.5 }
	f := busy(repeat(180, sawtooth)...) // the next five are 0.5, 1.5, 2.5, 3.5, 4.5
	c := config()
	c.MaxDown = 100
	s := state(1)
	if n := policy.Wanted(start, f, s, c); n != 1 {
		t.Errorf("%d replicas for the next step, expected 1", n)
	}
	s.Readiness = 4 * time.Minute
	if n := policy.Wanted(start, f, s, c); n != 5 {
		t.Errorf("%d replicas for the next five steps, expected 5", n)
	}
}

// The past may be anything a message may hold.
func FuzzLevel(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0, 255, 7, 7, 7}, 0.1, uint8(0))
	f.Fuzz(func(t *testing.T, steps []byte, ratio float64, minutes uint8) {
		if !(ratio > 1e-4 && ratio < 1) || len(steps) == 0 || len(steps) > 300 {
			t.Skip()
		}
		fc := busy(repeat(len(steps), func(i int) float64 { return math.Pow(float64(steps[i]), 3) / 255 })...)
		for i, b := range steps[:len(steps)-1] {
			if b == 13 {
				fc.Recent[i], fc.RecentLoad[i] = -1, 0
			}
		}
		s, c := state(3), config()
		s.Max, s.Readiness, c.CostRatio = 1<<30, time.Duration(minutes)*time.Minute, ratio
		most := int32(50)
		for _, n := range fc.Recent {
			most = max(most, n)
		}
		if d := policy.Decide(start, fc, s, c); d.Wanted < 0 || d.Wanted > 2*int(most) || !(d.Inputs.PMore >= 0 && d.Inputs.PMore <= 1) {
			t.Errorf("wanted %d, %v; at most %d were ever needed", d.Wanted, d.Inputs, most)
		}
	})
}
