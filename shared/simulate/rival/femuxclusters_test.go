package rival

import (
	"math/rand/v2"
	"testing"
)

// Blocks of two kinds: dense ones, on which forecaster 2 is cheapest, and sparse ones, on which
// it is forecaster 5. A block that was not among the examples gets that of its kind.
func TestClustersLearnWhichForecasterSuitsWhichBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var examples []femuxExample
	for i := range 200 {
		e := femuxExample{features: femuxFeatures{rng.Float64(), 1, 0, float64(rng.IntN(3))}}
		good := 5
		if i%4 < 2 {
			e.features[0] += 20
			good = 2
		}
		for j := range e.cost {
			e.cost[j] = 10 + rng.Float64()
		}
		e.cost[good] = 5 + rng.Float64()
		examples = append(examples, e)
	}
	c := trainClusters(examples)
	for density, want := range map[float64]int{0.3: 5, 20.6: 2, 40: 2} {
		if got := c.choose(femuxFeatures{density, 1, 0, 1}); got != want {
			t.Errorf("density %v: forecaster %d, want %d", density, got, want)
		}
	}
}

func TestFewExamplesGiveNoClusters(t *testing.T) {
	if c := trainClusters(make([]femuxExample, 38)); c != nil {
		t.Errorf("%d centres of 38 examples", len(c.centres))
	}
	if c := trainClusters(make([]femuxExample, 40)); c == nil || c.choose(femuxFeatures{}) != 0 {
		t.Error("40 equal examples give no clusters, or not the default")
	}
}

// Three heaps of points far apart have their centres in the middle of each.
func TestKMeansFindsHeaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var points []femuxFeatures
	for i := range 90 {
		points = append(points, femuxFeatures{float64(i%3) * 100, rng.Float64() - 0.5, 0, 0})
	}
	for _, want := range []float64{0, 100, 200} {
		centre, distance := nearestCentre(kmeans(points, 3, rng), femuxFeatures{want, 0, 0, 0})
		if distance > 0.1 {
			t.Errorf("nearest centre %d is %v away from %v", centre, distance, want)
		}
	}
}
