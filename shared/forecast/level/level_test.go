package level_test

import (
	"math"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast/level"
	"prewarm/shared/series"
)

// observe returns an observation of the given loads, each with its need.
func observe(loads ...float64) *event.Observation {
	o := &event.Observation{}
	for _, load := range loads {
		need := int32(0)
		if load > 0 {
			need = int32(max(1, math.Ceil(load)))
		}
		o.Recent, o.RecentLoad = append(o.Recent, need), append(o.RecentLoad, event.Load(load))
	}
	return o
}

// generate returns the loads of n steps.
func generate(n int, load func(step int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = load(i)
	}
	return out
}

// replicas returns the level that is exceeded with probability q within the next
// ahead steps.
func replicas(t *testing.T, o *event.Observation, ahead int, q float64) int {
	t.Helper()
	l, ok := level.New(o, ahead)
	if !ok {
		t.Fatal("the history has too few samples")
	}
	n := l.Replicas(q)
	return n
}

func TestASteadyLoadIsRoundedUp(t *testing.T) {
	l, ok := level.New(observe(generate(180, func(int) float64 { return 3.4 })...), 1)
	if !ok {
		t.Fatal("179 samples are enough")
	}
	if n := l.Replicas(0.1); n != 4 {
		t.Errorf("%d replicas; want 4, which was enough each time", n)
	}
}

func TestFewSamplesAreReported(t *testing.T) {
	loads := []float64{0, 3.4, 3.4, 3.4, 3.4, 3.4} // the first active step is in no sample: nothing predicts it
	if _, ok := level.New(observe(loads...), 1); ok {
		t.Error("four samples were taken for enough")
	}
	if _, ok := level.New(observe(append(loads, 3.4)...), 1); !ok {
		t.Error("five samples were taken for too few")
	}
	if _, ok := level.New(observe(append(loads, 3.4)...), 8); ok {
		t.Error("a history of 7 steps has no sample of 8")
	}
	if _, ok := level.New(&event.Observation{}, 1); ok {
		t.Error("a history of no steps was taken for enough")
	}
}

// Every tenth step needs 9 replicas, the others 2. The step is 10 i + i mod 7, so
// that no lag predicts it.
func TestTheLevelFollowsTheCostRatio(t *testing.T) {
	o := observe(generate(180, func(i int) float64 {
		if i%10 == i/10%7 {
			return 8.5
		}
		return 1.5
	})...)
	if cheap, dear := replicas(t, o, 1, 0.02), replicas(t, o, 1, 0.4); cheap < 9 || dear > 3 {
		t.Errorf("%d replicas if idling is cheap, %d if it is dear; want at least 9 and at most 3", cheap, dear)
	}
}

func TestALoadThatRepeatsEachHourIsMet(t *testing.T) {
	hourly := func(i int) float64 {
		if i%60 == 0 {
			return 11.5
		}
		return 1.5
	}
	if n := replicas(t, observe(generate(180, hourly)...), 1, 0.1); n < 12 {
		t.Errorf("%d replicas at the full hour; the last two full hours needed 12", n)
	}
	if n := replicas(t, observe(generate(180, func(i int) float64 { return hourly(i + 1) })...), 1, 0.1); n > 2 {
		t.Errorf("%d replicas a minute past the full hour; 2 are needed", n)
	}
}

// The load varies by 5 %. At 2.3 replicas it stays below 3, at 2.95 it does not.
func TestFractionsOfAReplicaTellHowNearTheNextOneIs(t *testing.T) {
	varying := func(mean float64) *event.Observation {
		return observe(generate(180, func(i int) float64 { return mean * (1 + 0.05*math.Sin(float64(i*i))) })...)
	}
	if n := replicas(t, varying(2.3), 1, 0.1); n != 3 {
		t.Errorf("%d replicas for loads about 2.3, want 3", n)
	}
	if n := replicas(t, varying(2.95), 1, 0.1); n != 4 {
		t.Errorf("%d replicas for loads about 2.95, want 4", n)
	}
	needsOnly := varying(2.95)
	needsOnly.RecentLoad = nil
	if n := replicas(t, needsOnly, 1, 0.1); n < 3 || n > 4 {
		t.Errorf("%d replicas if only needs of 3 and 4 are known", n)
	}
}

// One burst of 40 in a quiet history must not be extrapolated beyond a quarter more.
func TestTheLevelIsBoundedByTheHistory(t *testing.T) {
	loads := generate(180, func(i int) float64 { return 0.6 + 0.3*math.Sin(float64(i)) })
	loads[50] = 40
	if n := replicas(t, observe(loads...), 1, 1e-3); n > 50 {
		t.Errorf("%d replicas, want at most 50", n)
	}
}

// The next five loads are 0.5, 1.5, 2.5, 3.5 and 4.5.
func TestALongerLookaheadMeetsItsLargestStep(t *testing.T) {
	sawtooth := observe(generate(180, func(i int) float64 { return float64(i%5) + 0.5 })...)
	if n := replicas(t, sawtooth, 1, 0.1); n != 1 {
		t.Errorf("%d replicas for the next step, want 1", n)
	}
	if n := replicas(t, sawtooth, 5, 0.1); n != 5 {
		t.Errorf("%d replicas for the next five steps, want 5", n)
	}
}

// FuzzReplicas checks the bounds of the result for any history that a message may
// hold. A byte of 13 stands for a step without data. The first steps are earlier than the
// recent ones.
func FuzzReplicas(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0, 255, 7, 7, 7}, 0.1, uint8(1), uint8(0))
	f.Add([]byte{200, 1, 200, 180, 220, 90, 250, 0, 0}, 0.1, uint8(2), uint8(6))
	f.Fuzz(func(t *testing.T, steps []byte, q float64, ahead, earlier uint8) {
		if !(q > 1e-4 && q <= 0.5) || ahead == 0 || len(steps) > 300 {
			t.Skip()
		}
		o := observe(generate(len(steps), func(i int) float64 { return math.Pow(float64(steps[i]), 3) / 255 })...)
		largest := int32(0)
		for i, b := range steps {
			if b == 13 {
				o.Recent[i], o.RecentLoad[i] = series.NoData, 0
			}
			largest = max(largest, o.Recent[i])
		}
		for range min(int(earlier), len(o.Recent), event.MaxEarlier) {
			if o.Recent[0] > 0 {
				o.Earlier = append(o.Earlier, event.Occurrence{Ago: len(o.Recent), Need: o.Recent[0], Load: o.RecentLoad[0]})
			}
			o.Recent, o.RecentLoad = o.Recent[1:], o.RecentLoad[1:]
		}
		l, ok := level.New(o, int(ahead))
		if !ok {
			return
		}
		if n := l.Replicas(q); n < 1 || float64(n) > math.Ceil(1.25*float64(largest)) {
			t.Errorf("%d replicas; the largest need was %d", n, largest)
		}
	})
}
