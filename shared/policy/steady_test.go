package policy_test

import (
	"math/rand/v2"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// Six calls of 25 seconds overlap, in a function of up to five replicas. They are one burst
// in up to four steps. The replicas go back within six steps after its end, and none starts
// again for it.
func TestLongCallsThatSpanSeveralStepsAreOneBurst(t *testing.T) {
	for _, step := range []float64{10, 15, 30, 60} {
		l := &live{step: step, max: 5}
		for i := range 6 {
			l.calls = append(l.calls, call{120 + float64(i), 25})
		}
		wanted, counts := l.decisions(t, 120+14*step)
		begun, ended := first(counts), int(150/step)
		for i := begun + 1; i < len(wanted); i++ {
			if wanted[i] > wanted[i-1] {
				t.Errorf("steps of %v s: a replica starts without a call: %v", step, wanted[begun:])
				break
			}
		}
		if n := wanted[ended-3+7]; n > 2 {
			t.Errorf("steps of %v s: %d replicas six steps after the burst: %v", step, n, wanted[begun:])
		}
	}
}

// first returns the index of the first step with calls.
func first(counts []int32) int {
	for i, n := range counts {
		if n > 0 {
			return i
		}
	}
	return -1
}

// Three bursts, whose need is one replica or two, or three or four: near the cost ratio, the
// chance that one more is needed fluctuates. Without a margin, 20, 14 and 10 replicas start
// in these stories after the last call. Some are for the next burst, which may be foreseen.
func TestReplicasDoNotStartInTurnAfterBursts(t *testing.T) {
	for step, most := range map[float64]int{10: 10, 15: 7, 30: 5} {
		starts := 0
		for seed := range uint64(30) {
			wanted, counts := bursts(rand.New(rand.NewPCG(seed, 7)), step).decisions(t, 600)
			last := len(counts) - 1
			for last > 0 && counts[last] == 0 {
				last--
			}
			for i := last + 2; i < len(wanted); i++ {
				if wanted[i] > wanted[i-1] && wanted[i-1] > 0 {
					starts++
				}
			}
		}
		if starts > most {
			t.Errorf("steps of %v s: %d replicas started after the bursts, want at most %d", step, starts, most)
		}
	}
}

// A replica more or fewer costs about the same if the chance that it is needed is near the
// cost ratio. A call in the last step tells more than a margin. A function without a replica
// has nothing to keep.
func TestReplicasStayIfAnotherNumberCostsAboutTheSame(t *testing.T) {
	both := func(p event.Prob, q90 int32, recent int32) *event.Forecast {
		f := expect(quiet(), 1, p, 1, q90, 2, 2)
		f.Recent = []int32{recent}
		return f
	}
	for _, c := range []struct {
		cause     string
		p         event.Prob
		q90, last int32
		current   int
		ratio     float64
		want      int
		why       string
	}{
		{"about the same: no start", 1, 2, 0, 1, 0.26, 1, "1 warm by the forecast's quantiles, kept since 2 would cost about the same"},
		{"a call is new evidence", 1, 2, 1, 1, 0.26, 2, "2 warm"},
		{"about the same: no release", 1, 1, 0, 2, 0.104, 2, "2 warm by the forecast's quantiles, kept since 1 would cost about the same"},
		{"clearly too few", 1, 2, 0, 1, 0.05, 2, "2 warm"},
		{"clearly too many", 1, 1, 0, 2, 0.3, 1, "1 warm"},
		{"nothing to keep", 1, 2, 0, 0, 0.1, 2, "2 warm"},
		{"zero has no margin", 0.099, 2, 0, 2, 0.1, 0, "release"},
	} {
		cfg := config()
		cfg.CostRatio, cfg.MaxDown = c.ratio, 100
		f := both(c.p, c.q90, c.last)
		got := policy.Decide(start, f, state(c.current), cfg)
		check(t, c.cause, got, c.want, c.why)
		if w := policy.Wanted(start, f, state(c.current), cfg); w != got.Wanted {
			t.Errorf("%s: Wanted returns %d, Decide %d", c.cause, w, got.Wanted)
		}
	}
}
