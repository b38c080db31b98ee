package fit

import (
	"math/rand/v2"
	"sync"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// rowSet is the training data of one forest: rows of equal length, one after the
// other, and the observed value for each.
type rowSet struct {
	x, y []float32
}

// add appends a row.
func (s *rowSet) add(x []float32, y float32) { s.x, s.y = append(s.x, x...), append(s.y, y) }

// join appends the rows of other.
func (s *rowSet) join(other rowSet) { s.x, s.y = append(s.x, other.x...), append(s.y, other.y...) }

// indicator returns 1 for an event that occurred, else 0.
func indicator(occurred bool) float32 {
	if occurred {
		return 1
	}
	return 0
}

// rowSets are the training data of the three forests and of the dense network.
type rowSets struct {
	activity, need, cold rowSet
	dense                denseSet
}

// join appends the rows of other.
func (s *rowSets) join(other rowSets) {
	s.dense.join(other.dense)
	s.activity.join(other.activity)
	s.need.join(other.need)
	s.cold.join(other.cold)
}

// collect draws examples and makes rows of them, with the network and the pooled
// gaps of m. The number of parts is fixed, so that the rows do not depend on the
// number of processors.
func (o Options) collect(m *forecast.Model, tasks []Task, examples int, rng *rand.Rand) rowSets {
	const parts = 16
	var sets [parts]rowSets
	var wait sync.WaitGroup
	for i := range sets {
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		wait.Go(func() { o.collectPart(&sets[i], m, tasks, examples/parts, own) })
	}
	wait.Wait()
	var all rowSets
	for _, s := range sets {
		all.join(s)
	}
	return all
}

// collectPart makes the rows of n examples.
func (o Options) collectPart(sets *rowSets, m *forecast.Model, tasks []Task, n int, rng *rand.Rand) {
	// The rows come from the reader that the predictor uses, so that training and
	// operation cannot differ in their columns.
	reader := forecast.NewReader(m)
	rows := make([]float32, feature.Horizons*feature.Columns)
	varying, shared := make([]float32, feature.Horizons*feature.VaryingColumns), make([]float32, feature.SharedColumns)
	var cold [forecast.ColdColumns]float32
	for range n {
		e := drawFaulty(tasks, o.Timers, rng)
		reader.Read(e.history(), e.phase)
		reader.DenseRows(varying, shared, reader.Rows(rows))
		// The same horizons for refiner and dense network: the stack compares the
		// two.
		picked := pick(e.future(), rng)
		for _, t := range picked {
			sets.activity.add(rows[t*feature.Columns:(t+1)*feature.Columns], indicator(e.future()[t] > 0))
		}
		sets.dense.add(varying, shared, picked, e.future())
		sets.need.addNeed(reader, e, rng)
		// The cold starts of the hour are known only if all of its steps are.
		if observed, ok := forecast.ColdStarts(e.history(), e.future()); ok {
			sets.cold.add(reader.ColdRow(cold[:], rows), float32(observed))
		}
	}
}

// horizonsPerExample is the number of horizons of one example that rows are made
// for; neighbouring horizons hardly differ.
const horizonsPerExample = 4

// pick returns the horizons of one example whose rows are trained on, counted
// from 0: the first, on which most decisions rest, and others with equal chance.
// Horizons whose count is not known are left out.
func pick(future []int32, rng *rand.Rand) (picked []int) {
	// Perm yields 0 to Horizons-2. Each is moved up by one and wraps around, so that
	// Horizons-1 becomes 0, the first horizon, and the others become 1 to
	// Horizons-1.
	for _, t := range append(rng.Perm(feature.Horizons - 1)[:horizonsPerExample-1], feature.Horizons-1) {
		if t = (t + 1) % feature.Horizons; future[t] != series.NoData {
			picked = append(picked, t)
		}
	}
	return picked
}
