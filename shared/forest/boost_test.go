package forest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// odds draws rows of two features; the logit of y is 4·x0 - 2, x1 is noise.
func odds(n int, rng *rand.Rand) (x, y []float32) {
	for range n {
		a := rng.Float32()
		x = append(x, a, rng.Float32())
		v := float32(0)
		if rng.Float64() < 1/(1+math.Exp(2-4*float64(a))) {
			v = 1
		}
		y = append(y, v)
	}
	return x, y
}

func TestBoostingFindsTheOdds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := odds(20_000, rng)
	f, err := TrainBooster(t.Context(), Config{Trees: 60, MaxLeafs: 8, MinLeaf: 20, Prior: 1, Sample: 0.5}, 0.1, x, 2, y, rng)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float32, 1)
	for _, a := range []float32{0.1, 0.3, 0.5, 0.7, 0.9} {
		if got, want := f.Predict(dst, []float32{a, 0.5})[0], 4*a-2; math.Abs(float64(got-want)) > 0.35 {
			t.Errorf("at %v: logit %v, want %v", a, got, want)
		}
	}
}

// The first tree of rate 1 with one split, worked out by hand: of 8 rows below
// the cut 2 are 1, of 8 above it 6. The base logit is 0, so that weight is 1/4
// and response ±2 for every row, and the leaves are -1 and 1.
func TestTheFirstTreeIsANewtonStep(t *testing.T) {
	var x, y []float32
	for i := range 16 {
		x = append(x, float32(i/8))
		y = append(y, float32(map[bool]int{true: 1}[i%8 < 2+i/8*4]))
	}
	f, err := TrainBooster(t.Context(), Config{Trees: 1, MaxLeafs: 2, Sample: -1}, 1, x, 1, y, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Predict(make([]float32, 2), []float32{0, 1}); math.Abs(float64(got[0]+1)) > 1e-3 || math.Abs(float64(got[1]-1)) > 1e-3 {
		t.Errorf("got %v, want -1 and 1", got)
	}
}

// With least squares a first tree of rate 1 predicts the means below and above the
// cut. With rate 1/2 each tree halves the residuals.
func TestLeastSquaresStepTowardsTheMean(t *testing.T) {
	x, y := []float32{0, 0, 1, 1}, []float32{1, 3, 10, 14}
	cfg := Config{Trees: 1, MaxLeafs: 2, Sample: -1}
	for _, c := range []struct {
		trees      int
		rate       float64
		low, above float32
	}{{1, 1, 2, 12}, {1, 0.5, 4.5, 9.5}, {2, 0.5, 3.25, 10.75}} {
		cfg.Trees = c.trees
		f, err := TrainBoostedRegressor(t.Context(), cfg, c.rate, x, 1, y, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Predict(make([]float32, 2), []float32{0, 1}); math.Abs(float64(got[0]-c.low)) > 1e-3 || math.Abs(float64(got[1]-c.above)) > 1e-3 {
			t.Errorf("%d trees of rate %v: %v, want %v and %v", c.trees, c.rate, got, c.low, c.above)
		}
	}
}

func TestBoostedRegressionFindsACurve(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var x, y []float32
	for range 20_000 {
		a := 6 * rng.Float64()
		x = append(x, float32(a), rng.Float32())
		y = append(y, float32(10*math.Sin(a)+rng.NormFloat64()))
	}
	f, err := TrainBoostedRegressor(t.Context(), Config{Trees: 80, MaxLeafs: 8, MinLeaf: 20, Sample: 0.5}, 0.15, x, 2, y, rng)
	if err != nil {
		t.Fatal(err)
	}
	for a := 0.5; a < 6; a += 0.5 {
		if got := f.Predict(make([]float32, 1), []float32{float32(a), 0.5})[0]; math.Abs(float64(got)-10*math.Sin(a)) > 1 {
			t.Errorf("at %v: %v, want %v", a, got, 10*math.Sin(a))
		}
	}
}

func TestBoostingIsReproducibleAndSaved(t *testing.T) {
	var bodies [2][]byte
	for i := range bodies {
		rng := rand.New(rand.NewPCG(5, 6))
		x, y := odds(500, rng)
		f, err := TrainBooster(t.Context(), Config{Trees: 5, MaxLeafs: 6, Features: 1}, 0.3, x, 2, y, rng)
		if err != nil {
			t.Fatal(err)
		}
		bodies[i] = Encode(f)
		loaded, err := decode(bodies[i])
		if err != nil {
			t.Fatal(err)
		}
		a, b := f.Predict(make([]float32, 500), x), loaded.Predict(make([]float32, 500), x)
		for k := range a {
			if a[k] != b[k] {
				t.Fatalf("row %d: %v, loaded %v", k, a[k], b[k])
			}
		}
	}
	if !bytes.Equal(bodies[0], bodies[1]) {
		t.Error("the same seed gave different forests")
	}
}

func TestBoostingRefusesWhatItCannotLearn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for want, c := range map[string]struct {
		rate float64
		y    []float32
	}{"rate must be": {0, []float32{0, 1}}, "y[1] must be 0 or 1": {1, []float32{0, 0.5}}} {
		if _, err := TrainBooster(t.Context(), Config{Trees: 1}, c.rate, []float32{1, 2}, 1, c.y, rng); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := TrainBoostedRegressor(t.Context(), Config{Trees: 1}, 1, []float32{1, 2}, 1, []float32{0, float32(math.NaN())}, rng); err == nil || !strings.Contains(err.Error(), "y[1] must be finite") {
		t.Errorf("got %v", err)
	}
	f, err := TrainBooster(t.Context(), Config{Trees: 3, MaxLeafs: 4}, 0.5, []float32{1, 2, 3}, 1, []float32{0, 0, 0}, rng)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Predict(make([]float32, 1), []float32{2})[0]; !(got < -1) || math.IsInf(float64(got), 0) {
		t.Errorf("of nothing but zeros: logit %v", got)
	}
}

// endsAfter is a context that ends after its error was read a number of times.
type endsAfter struct {
	context.Context
	asked int
}

func (c *endsAfter) Err() error {
	if c.asked--; c.asked < 0 {
		return context.Canceled
	}
	return nil
}

func TestBoostingEndsWithItsContext(t *testing.T) {
	x, y := odds(100, rand.New(rand.NewPCG(1, 2)))
	_, err := TrainBooster(&endsAfter{t.Context(), 3}, Config{Trees: 60, MaxLeafs: 4}, 0.1, x, 2, y, rand.New(rand.NewPCG(1, 2)))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "after 3 of 60 trees") {
		t.Errorf("got %v", err)
	}
}
