package fit

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// rowSet is the training data of one forest: rows of equal length, one after the
// other, and the observed value for each.
type rowSet struct {
	x, y []float32
}

// horizonsPerExample is the number of horizons of one example that rows are made
// for; neighbouring horizons hardly differ.
const horizonsPerExample = 4

// rowSets are the training data of the three forests and of the dense network.
type rowSets struct {
	activity, need, cold rowSet
	dense                denseSet
}

// collect draws examples and makes rows of them, with the network and the pooled
// gaps of m. Some examples have a short history or unknown steps. The number of
// parts is fixed, so that the rows do not depend on the number of processors.
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

// join appends the rows of o.
func (s *rowSets) join(o rowSets) {
	s.dense.join(o.dense)
	s.activity.join(o.activity)
	s.need.join(o.need)
	s.cold.join(o.cold)
}

// keepGapColumns sets all other columns of the refiner's rows to 0.
func (s *rowSet) keepGapColumns() {
	// Zeros instead of shorter rows: the forests keep the columns of the shipped
	// model, and a constant column is never split on.
	for row := range slices.Chunk(s.x, feature.Columns) {
		clear(row[feature.GapColumns:])
	}
}

// join appends the rows of o.
func (s *rowSet) join(o rowSet) { s.x, s.y = append(s.x, o.x...), append(s.y, o.y...) }

// collectPart makes the rows of n examples.
func (o Options) collectPart(sets *rowSets, m *forecast.Model, tasks []Task, n int, rng *rand.Rand) {
	// The rows come from the reader that the predictor uses, so that training and
	// operation cannot differ in their columns.
	reader := forecast.NewReader(m)
	rows := make([]float32, feature.Horizons*feature.Columns)
	varying, shared := make([]float32, feature.Horizons*feature.VaryingColumns), make([]float32, feature.SharedColumns)
	var cold [forecast.ColdColumns]float32
	for range n {
		e := draw(tasks, o.Timers, rng)
		if rng.IntN(8) == 0 {
			e = e.spoil(rng)
		}
		e = e.shorten(rng)
		reader.Read(e.history(), e.phase)
		reader.DenseRows(varying, shared, reader.Rows(rows))
		picked := pick(e.future(), rng)
		// The same horizons for refiner and dense network: the stack compares the
		// two.
		sets.activity.add(rows, picked, e.future())
		sets.dense.add(varying, shared, picked, e.future())
		sets.need.addNeed(reader, e, rng)
		// Without all steps of the hour known, the number of its cold starts is not
		// known either.
		if observed, ok := forecast.ColdStarts(e.history(), e.future()); ok {
			sets.cold.x = append(sets.cold.x, reader.ColdRow(cold[:], rows)...)
			sets.cold.y = append(sets.cold.y, float32(observed))
		}
	}
}

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

// add appends the refiner's rows of the picked horizons of one example.
func (s *rowSet) add(rows []float32, picked []int, future []int32) {
	for _, t := range picked {
		s.x = append(s.x, rows[t*feature.Columns:(t+1)*feature.Columns]...)
		active := float32(0)
		if future[t] > 0 {
			active = 1
		}
		s.y = append(s.y, active)
	}
}

// addNeed appends rows about whether the count of a horizon exceeds a threshold:
// two of three at the first horizon, the others at one of the other knots.
// Thresholds are drawn log-normally around typical counts of the history, so that
// most are neither sure to be exceeded nor sure not to be. Small ones are whole. A
// history without calls gives no rows.
func (s *rowSet) addNeed(r *forecast.Reader, e example, rng *rand.Rand) {
	typical := r.TypicalCounts()
	if typical[0] == 0 {
		return
	}
	ks := forecast.Knots()
	thresholds := sparseThresholds
	if r.Busy() {
		thresholds = busyThresholds
	}
	for i := range thresholds {
		k := 0
		if i%3 == 2 {
			k = 1 + rng.IntN(len(ks)-1)
		}
		count := e.future()[ks[k]-1]
		if count == series.NoData {
			continue
		}
		threshold := typical[rng.IntN(len(typical))] * math.Exp(0.3*rng.NormFloat64())
		// Counts are whole: below 20 a fraction of the threshold would only blur
		// which counts exceed it.
		if threshold < 20 {
			threshold = math.Floor(threshold)
		}
		var row [feature.VolumeColumns]float32
		s.x = append(s.x, r.VolumeRow(row[:], threshold, ks[k])...)
		exceeded := float32(0)
		if float64(count) > threshold {
			exceeded = 1
		}
		s.y = append(s.y, exceeded)
	}
}

// busyThresholds is the number of thresholds per example of a function that is
// called in most of the last 30 steps, sparseThresholds that of the others. There
// are few busy functions, but most replicas are theirs.
const (
	busyThresholds   = 15
	sparseThresholds = 3
)

// trainRefiners trains the three forests and the dense network. Their rows are made
// out of fold: those of each fold with the LSTM that has seen the other, a or b.
func (o Options) trainRefiners(ctx context.Context, m *forecast.Model, a, b *lstm.Network[float32], groups Groups) error {
	if err := o.stage(ctx, "refiner"); err != nil {
		return err
	}
	rng := o.source("refiner", 0)
	// Copies that differ in the LSTM alone. The model itself keeps the LSTM of both
	// folds.
	onB, onA := *m, *m
	onB.Network, onA.Network = a, b
	rows := o.collect(&onB, groups[FoldB], o.Examples/2, rng)
	rows.join(o.collect(&onA, groups[FoldA], o.Examples/2, rng))
	// Dense network and forests read rows and write different fields of m, so they
	// may run at the same time. The first error ends both.
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		m.Dense, err = o.trainDense(ctx, &rows.dense)
		return err
	})
	group.Go(func() error { return o.trainForests(ctx, m, rows, rng) })
	return group.Wait()
}

// trainForests trains refiner, need and cold starts, one after the other, as they
// share the random source.
func (o Options) trainForests(ctx context.Context, m *forecast.Model, rows rowSets, rng *rand.Rand) (err error) {
	cfg := o.Forest
	if o.GapColumnsOnly { // Features is scaled: a split tries the same number of columns that are not 0
		rows.activity.keepGapColumns()
		cfg.Features = cfg.Features * feature.Columns / feature.GapColumns
	}
	if m.Refiner, err = forest.TrainBooster(ctx, cfg, o.Boost, rows.activity.x, feature.Columns, rows.activity.y, rng); err != nil {
		return err
	}
	if err := o.stage(ctx, "need"); err != nil {
		return err
	}
	if m.Need, err = forest.TrainBooster(ctx, o.Need, o.Boost, rows.need.x, feature.VolumeColumns, rows.need.y, rng); err != nil {
		return err
	}
	if err := o.stage(ctx, "cold"); err != nil {
		return err
	}
	m.Cold, err = forest.TrainRegressor(o.Cold, rows.cold.x, forecast.ColdColumns, rows.cold.y, rng)
	return err
}
