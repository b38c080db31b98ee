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

// rowSet is training data of the refiner: rows of feature.Columns and whether
// the step was active.
type rowSet struct {
	x, y []float32
}

// horizonsPerExample is the number of horizons that one example gives rows
// for; neighbouring ones say much the same.
const horizonsPerExample = 4

// rowSets are the training data of the three forests and of the dense network.
type rowSets struct {
	activity, need, cold rowSet
	dense                denseSet
}

// collect draws examples and makes rows of them with what the network of m says
// of their last step. Some examples have a short past.
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

func (s *rowSets) join(o rowSets) {
	s.dense.join(o.dense)
	s.activity.join(o.activity)
	s.need.join(o.need)
	s.cold.join(o.cold)
}

// keepGapColumns clears the other columns of the refiner's rows.
func (s *rowSet) keepGapColumns() {
	for row := range slices.Chunk(s.x, feature.Columns) {
		clear(row[feature.GapColumns:])
	}
}

func (s *rowSet) join(o rowSet) { s.x, s.y = append(s.x, o.x...), append(s.y, o.y...) }

func (o Options) collectPart(sets *rowSets, m *forecast.Model, tasks []Task, n int, rng *rand.Rand) {
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
		reader.Read(e.past(), e.phase)
		reader.DenseRows(varying, shared, reader.Rows(rows))
		picked := pick(e.future(), rng)
		sets.activity.add(rows, picked, e.future())
		sets.dense.add(varying, shared, picked, e.future())
		sets.need.addNeed(reader, e, rng)
		if came, ok := forecast.ColdStarts(e.past(), e.future()); ok {
			sets.cold.x = append(sets.cold.x, reader.ColdRow(cold[:], rows)...)
			sets.cold.y = append(sets.cold.y, float32(came))
		}
	}
}

// pick returns the horizons of one example whose rows are trained on, from 0:
// the first, on which most decisions rest, and others with equal chance, as far
// as it is known what came.
func pick(future []int32, rng *rand.Rand) (picked []int) {
	for _, t := range append(rng.Perm(feature.Horizons - 1)[:horizonsPerExample-1], feature.Horizons-1) {
		if t = (t + 1) % feature.Horizons; future[t] != series.NoData {
			picked = append(picked, t)
		}
	}
	return picked
}

// add takes the rows of the picked horizons of one example.
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

// addNeed takes rows about whether the load exceeds a threshold, at the first
// horizon and at another knot. Thresholds are drawn near to loads of the past,
// so that most are neither sure to be exceeded nor sure not to be. A past
// without calls has none.
func (s *rowSet) addNeed(r *forecast.Reader, e example, rng *rand.Rand) {
	near := r.Near()
	if near[0] == 0 {
		return
	}
	ks := forecast.Knots()
	wanted := sparseThresholds
	if r.Busy() {
		wanted = busyThresholds
	}
	for i := range wanted {
		k := 0
		if i%3 == 2 {
			k = 1 + rng.IntN(len(ks)-1)
		}
		count := e.future()[ks[k]-1]
		if count == series.NoData {
			continue
		}
		threshold := near[rng.IntN(len(near))] * math.Exp(0.3*rng.NormFloat64())
		if threshold < 20 {
			threshold = math.Floor(threshold)
		}
		var row [feature.VolumeColumns]float32
		s.x = append(s.x, r.LoadRow(row[:], threshold, ks[k])...)
		exceeded := float32(0)
		if float64(count) > threshold {
			exceeded = 1
		}
		s.y = append(s.y, exceeded)
	}
}

// The number of thresholds that one example gives rows for, where most steps
// of the last half hour have calls and elsewhere. There are few such functions
// but most of the replicas are theirs.
const (
	busyThresholds   = 15
	sparseThresholds = 3
)

// trainRefiners trains the three forests and the dense network on rows made out
// of fold: of each fold with the network that has seen the other.
func (o Options) trainRefiners(ctx context.Context, m *forecast.Model, a, b *lstm.Network[float32], groups [4][]Task) error {
	if err := o.stage(ctx, "refiner"); err != nil {
		return err
	}
	rng := o.source("refiner", 0)
	onB, onA := *m, *m
	onB.Network, onA.Network = a, b
	rows := o.collect(&onB, groups[FoldB], o.Examples/2, rng)
	rows.join(o.collect(&onA, groups[FoldA], o.Examples/2, rng))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		m.Dense, err = o.trainDense(ctx, &rows.dense)
		return err
	})
	group.Go(func() error { return o.trainForests(ctx, m, rows, rng) })
	return group.Wait()
}

func (o Options) trainForests(ctx context.Context, m *forecast.Model, rows rowSets, rng *rand.Rand) (err error) {
	cfg := o.Forest
	if o.GapColumnsOnly { // as many of the columns that say anything are tried
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
