package fit

import (
	"context"
	"math/rand/v2"
	"slices"

	"golang.org/x/sync/errgroup"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/lstm"
)

// trainOnRows trains the three forests and the dense network. Their rows are made out
// of fold: those of fold B with the LSTM a, which was trained on fold A, and those of
// fold A with b.
func (o Options) trainOnRows(ctx context.Context, m *forecast.Model, a, b *lstm.Network[float32], groups Groups) error {
	if err := o.stage(ctx, "refiner"); err != nil {
		return err
	}
	rng := o.source("refiner", 0)
	// Copies that differ in the LSTM alone. The model itself keeps the LSTM of both
	// folds.
	withA, withB := *m, *m
	withA.Network, withB.Network = a, b
	rows := o.collect(&withA, groups[FoldB], o.Examples/2, rng)
	rows.join(o.collect(&withB, groups[FoldA], o.Examples/2, rng))
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
	if o.GapColumnsOnly {
		rows.activity.keepGapColumns()
		// Scaled, so that a split still tries as many columns that vary.
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

// keepGapColumns sets all other columns of the refiner's rows to 0.
func (s *rowSet) keepGapColumns() {
	// Zeros instead of shorter rows: the forests keep the columns of the shipped
	// model, and a constant column is never split on.
	for row := range slices.Chunk(s.x, feature.Columns) {
		clear(row[feature.GapColumns:])
	}
}
