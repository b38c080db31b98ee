package feature

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/series"
)

// step returns the inputs of the k-th step from the end, 1 the last.
func step(x []float32, k int) []float32 { return x[(Segments-k)*Inputs : (Segments-k+1)*Inputs] }

// Called at minutes 10 and 12 of the hour, unknown at 13.
func TestEncodeDescribesTheLastSteps(t *testing.T) {
	x := Encode(make([]float32, Segments*Inputs), []int32{0, 7, 0, 3, series.NoData}, 9)
	for name, c := range map[string]struct{ got, want float64 }{
		"no call yet: waiting since the first step": {float64(step(x, 5)[2]), math.Log1p(1) / 5},
		"no call yet":                    {float64(step(x, 5)[3]), 0},
		"seven calls":                    {float64(step(x, 4)[0]), math.Log1p(7) / 4},
		"the call is now":                {float64(step(x, 4)[2]), 0},
		"one call makes no gap":          {float64(step(x, 4)[7]), 0},
		"one step since the call":        {float64(step(x, 3)[2]), math.Log1p(1) / 5},
		"the gap is two":                 {float64(step(x, 2)[7]), math.Log1p(2) / 5},
		"half the gap has passed":        {float64(step(x, 1)[8]), 0.25},
		"unknown is marked":              {float64(step(x, 1)[6]), 1},
		"unknown is not active":          {float64(step(x, 1)[1]), 0},
		"a known zero is not marked":     {float64(step(x, 3)[6]), 0},
		"before the window is unknown":   {float64(step(x, 6)[6]), 1},
		"clock of minute 12: sine":       {float64(step(x, 2)[4]), math.Sin(2 * math.Pi * 12 / 60)},
		"clock of minute 12: and cosine": {float64(step(x, 2)[5]), math.Cos(2 * math.Pi * 12 / 60)},
	} {
		if math.Abs(c.got-c.want) > 1e-6 {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
}

// The oldest chunk has two calls in five steps, one of them unknown.
func TestOldStepsAreJoinedToChunks(t *testing.T) {
	counts := make([]int32, Steps)
	counts[1], counts[2], counts[4] = 3, series.NoData, 5
	x := Encode(make([]float32, Segments*Inputs), counts, 0)[:Inputs]
	for at, want := range map[int]float64{0: math.Log1p(2) / 4, 1: 0.5, 2: 0, 3: 1, 6: 0.2, 7: math.Log1p(3) / 5, 9: 1} {
		if math.Abs(float64(x[at])-want) > 1e-6 {
			t.Errorf("input %d: got %v, want %v", at, x[at], want)
		}
	}
}

func TestSegmentsCoverAllSteps(t *testing.T) {
	if got := SegmentEnd(0); got != Chunk {
		t.Errorf("the first slot ends at step %d", got)
	}
	if got := SegmentEnd(Segments - 1); got != Steps {
		t.Errorf("the last slot ends at step %d", got)
	}
	if got := SegmentEnd(Segments - Fine); got != Steps-Fine+1 {
		t.Errorf("the first single step ends at step %d", got)
	}
}

// Every input of a slot depends on its steps and earlier ones only.
func TestASegmentDoesNotDependOnLaterSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		counts := randomCounts(rng, Steps)
		slot := rng.IntN(Segments - 1)
		past := Encode(make([]float32, Segments*Inputs), counts, 5)[:(slot+1)*Inputs]
		for i := SegmentEnd(slot); i < Steps; i++ {
			counts[i] = int32(rng.IntN(9))
		}
		if all := Encode(make([]float32, Segments*Inputs), counts, 5); !slices.Equal(all[:len(past)], past) {
			t.Fatalf("what follows slot %d changes the inputs before: %v", slot, counts)
		}
	}
}

func TestEncodeLooksAtTheLastStepsOnly(t *testing.T) {
	counts := randomCounts(rand.New(rand.NewPCG(1, 2)), MaxHistory)
	long := Encode(make([]float32, Segments*Inputs), counts, 3)
	short := Encode(make([]float32, Segments*Inputs), counts[MaxHistory-Steps:], (3+MaxHistory-Steps)%PhaseSteps)
	if !slices.Equal(long, short) {
		t.Error("older steps change the encoding")
	}
}

func randomCounts(rng *rand.Rand, n int) []int32 {
	counts, rate := make([]int32, n), rng.Float64()
	for i := range counts {
		switch {
		case rng.Float64() < 0.1:
			counts[i] = series.NoData
		case rng.Float64() < rate:
			counts[i] = int32(rng.IntN(50))
		}
	}
	return counts
}

func TestLevelAveragesTheLastActiveSteps(t *testing.T) {
	if got := LogMean([]int32{0, 4, series.NoData, 2}); math.Abs(float64(got)-math.Log1p(3)) > 1e-6 {
		t.Errorf("got %v, want log 4", got)
	}
	long := append([]int32{1000000}, slices.Repeat([]int32{5}, meanSteps)...)
	if got := LogMean(long); math.Abs(float64(got)-math.Log1p(5)) > 1e-6 {
		t.Errorf("got %v, the eleventh call back must not count", got)
	}
	if got := LogMean([]int32{0, 0}); got != math.Ln2 {
		t.Errorf("got %v without calls, want log 2", got)
	}
}

func TestPhaseFollowsTheClock(t *testing.T) {
	if got := Phase(3600*5+17*60, 60); got != 17 {
		t.Errorf("five hours and 17 minutes: got %d", got)
	}
	if got := Phase(123, 1); got != 3 {
		t.Errorf("steps of a second: got %d", got)
	}
}
