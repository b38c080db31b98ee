package rival

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// femuxExample is a block: the features of the block before it, and what each forecaster cost
// in it.
type femuxExample struct {
	features femuxFeatures
	cost     [femuxModels]float64
}

// clusterCounts are the numbers of clusters that are tried. The source tries 10 to 1000; in
// more than 100 clusters there are too few blocks each here.
var clusterCounts = [...]int{10, 30, 50, 100}

// clusterRounds bounds the rounds of k-means. Our choice.
const clusterRounds = 50

// femuxClusters assigns a forecaster to features. Features are standardised by mean and
// deviation of the examples.
//
// Source: kmeans.py of the released code.
type femuxClusters struct {
	mean, deviation femuxFeatures
	centres         []femuxFeatures // standardised
	forecaster      []int           // by centre
}

// choose returns the forecaster of the nearest centre.
func (c *femuxClusters) choose(f femuxFeatures) int {
	nearest, _ := nearestCentre(c.centres, c.standardise(f))
	return c.forecaster[nearest]
}

// trainClusters learns from examples. Half of them find the centres for each number of
// clusters and give each the forecaster with the lowest total cost; the number that costs
// least on the other half is taken, and its forecasters are found anew on all. It returns nil
// with too few examples for two in each of the fewest clusters.
func trainClusters(examples []femuxExample) *femuxClusters {
	var train, check []femuxExample
	for i, e := range examples {
		if i%2 == 0 {
			train = append(train, e)
		} else {
			check = append(check, e)
		}
	}
	var best *femuxClusters
	least := math.Inf(1)
	for _, k := range clusterCounts {
		if len(train) < 2*k {
			break
		}
		c := newClusters(train, k)
		c.assign(train)
		cost := 0.0
		for _, e := range check {
			cost += e.cost[c.choose(e.features)]
		}
		if cost < least {
			best, least = c, cost
		}
	}
	if best != nil {
		best.assign(examples)
	}
	return best
}

// newClusters finds k centres of the examples' features.
func newClusters(examples []femuxExample, k int) *femuxClusters {
	c := &femuxClusters{}
	column := make([]float64, len(examples))
	for j := range c.mean {
		for i, e := range examples {
			column[i] = e.features[j]
		}
		c.mean[j], c.deviation[j] = stat.PopMeanStdDev(column, nil)
		if c.deviation[j] == 0 {
			c.deviation[j] = 1 // a feature that is the same everywhere
		}
	}
	points := make([]femuxFeatures, len(examples))
	for i, e := range examples {
		points[i] = c.standardise(e.features)
	}
	c.centres = kmeans(points, k, rand.New(rand.NewPCG(femuxSeed, uint64(k))))
	return c
}

// standardise returns features without their mean and unit.
func (c *femuxClusters) standardise(f femuxFeatures) femuxFeatures {
	for j := range f {
		f[j] = (f[j] - c.mean[j]) / c.deviation[j]
	}
	return f
}

// assign gives each centre the forecaster with the lowest total cost on the examples nearest
// to it, or on all if it has none.
func (c *femuxClusters) assign(examples []femuxExample) {
	costs := make([][femuxModels]float64, len(c.centres))
	var all [femuxModels]float64
	for _, e := range examples {
		nearest, _ := nearestCentre(c.centres, c.standardise(e.features))
		floats.Add(costs[nearest][:], e.cost[:])
		floats.Add(all[:], e.cost[:])
	}
	c.forecaster = make([]int, len(c.centres))
	for i, cost := range costs {
		if cost == [femuxModels]float64{} {
			cost = all
		}
		c.forecaster[i] = cheapest(cost)
	}
}

// kmeans returns k centres of the points, by the method of Lloyd from centres that are drawn
// far apart. A centre that loses all its points stays where it is.
//
// Source: Arthur, Vassilvitskii, "k-means++", SODA 2007.
func kmeans(points []femuxFeatures, k int, rng *rand.Rand) []femuxFeatures {
	centres := spread(points, k, rng)
	members := make([]int, len(points))
	for range clusterRounds {
		changed := false
		sums, sizes := make([]femuxFeatures, k), make([]float64, k)
		for i, p := range points {
			nearest, _ := nearestCentre(centres, p)
			changed = changed || nearest != members[i]
			members[i] = nearest
			floats.Add(sums[nearest][:], p[:])
			sizes[nearest]++
		}
		for i, n := range sizes {
			if n > 0 {
				floats.ScaleTo(centres[i][:], 1/n, sums[i][:])
			}
		}
		if !changed {
			break
		}
	}
	return centres
}

// spread draws k of the points, each with a chance that grows with the squared distance from
// those drawn before.
func spread(points []femuxFeatures, k int, rng *rand.Rand) []femuxFeatures {
	centres := []femuxFeatures{points[rng.IntN(len(points))]}
	weights := make([]float64, len(points))
	for len(centres) < k {
		for i, p := range points {
			_, weights[i] = nearestCentre(centres, p)
		}
		at, i := rng.Float64()*floats.Sum(weights), 0
		for ; i < len(points)-1 && at >= weights[i]; i++ {
			at -= weights[i]
		}
		centres = append(centres, points[i])
	}
	return centres
}

// nearestCentre returns the index of the nearest centre and the squared distance to it.
func nearestCentre(centres []femuxFeatures, p femuxFeatures) (nearest int, distance float64) {
	distance = math.Inf(1)
	for i, c := range centres {
		sum := 0.0
		for j := range c {
			sum += (c[j] - p[j]) * (c[j] - p[j])
		}
		if sum < distance {
			nearest, distance = i, sum
		}
	}
	return nearest, distance
}
