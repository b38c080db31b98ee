package hourlyfit

import (
	"context"
	"fmt"
	"math"

	"prewarm/models/train/fit"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/forest"
	"prewarm/shared/nn/lstm"
)

// row is one example of the boosted trees.
type row struct {
	x         []float32 // hourly.Columns
	observed  float32   // cold starts of the hour that followed
	predicted float32   // by the adapted LSTM
	group     fit.Group
}

// adaptations returns the candidates for gain and ridge.
func adaptations() []forecast.Adaptation {
	// A gain of 0 switches the adaptation off. It is first, so it wins a tie against
	// candidates that do not improve on it.
	all := []forecast.Adaptation{{Gain: 0, Ridge: 1}}
	for _, ridge := range []float32{1, 3, 10, 30} {
		for _, gain := range []float32{0.25, 0.5, 1, 2} {
			all = append(all, forecast.Adaptation{Gain: gain, Ridge: ridge})
		}
	}
	return all
}

// refine chooses the adaptation, trains the boosted trees and fits their weight, all
// on predictions of LSTMs for functions that they have not seen. networks are by
// the group that they have not seen.
func (o Options) refine(ctx context.Context, m *hourly.Model, networks map[fit.Group]*lstm.Network[float32], groups fit.Groups) error {
	var windows [len(groups)][]window
	for _, g := range fit.TrainGroups() {
		// All functions, not only the dense ones: the shipped model is asked about
		// any function.
		windows[g] = o.windows(groups[g], o.source(fmt.Sprintf("rows of group %d", g)))
	}
	least := math.Inf(1)
	for _, a := range adaptations() {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("hourly: adaptation stopped: %w", err)
		}
		part := *m
		part.Adapt = a
		sum := 0.0
		for _, g := range fit.TrainGroups() {
			part.Function = networks[g]
			sum += squares(&part, windows[g])
		}
		if sum < least {
			m.Adapt, least = a, sum
		}
	}
	o.Progress("hourly forest", 0, 1, 0)
	return o.grow(ctx, m, networks, windows)
}

// squares returns the sum of squared errors of the adapted LSTM over every sixteenth
// window, which is enough to compare candidates.
func squares(m *hourly.Model, windows []window) float64 {
	const every = 16
	// Errors are kept one by one and summed in order afterwards: a sum by the
	// goroutines would depend on their order in the last digits.
	misses := make([]float64, len(windows)/every)
	parallel(m, len(misses), func(r *hourly.Reader, i int) {
		var x [hourly.Columns]float32
		w := windows[i*every]
		miss := r.Read(x[:], w.history(), w.phase).Adapted - float64(observedAfter(w))
		misses[i] = miss * miss
	})
	sum := 0.0
	for _, v := range misses {
		sum += v
	}
	return sum
}

// observedAfter returns the cold starts of the hour after the history of w.
func observedAfter(w window) int {
	var targets [hourly.MaxHours]float32
	hourly.Targets(targets[:], w.counts, w.origin())
	// The target after the last hour of the history is the hour from the origin on.
	return int(targets[w.origin()/hourly.Hour-1])
}

// rows returns the examples of the windows of all groups.
func (o Options) rows(m *hourly.Model, networks map[fit.Group]*lstm.Network[float32], windows [len(fit.Groups{})][]window) []row {
	var all []row
	for _, g := range fit.TrainGroups() {
		part := *m
		part.Function = networks[g]
		rows := make([]row, len(windows[g]))
		parallel(&part, len(rows), func(r *hourly.Reader, i int) {
			w := windows[g][i]
			// Each group's rows come from the LSTM that has not seen it. The trees
			// then learn from errors of the size that they meet on new functions.
			rows[i] = row{x: make([]float32, hourly.Columns), group: g}
			rows[i].predicted = float32(r.Read(rows[i].x, w.history(), w.phase).Adapted)
			rows[i].observed = float32(observedAfter(w))
		})
		all = append(all, rows...)
	}
	return all
}

// grow trains the trees on the folds, fits their weight on the calibration group,
// and then trains them on all groups.
func (o Options) grow(ctx context.Context, m *hourly.Model, networks map[fit.Group]*lstm.Network[float32], windows [len(fit.Groups{})][]window) (err error) {
	rows := o.rows(m, networks, windows)
	// The weight is fitted on rows that the trees have not seen. On their own
	// training rows they would seem better than they are, and get too much weight.
	var seen, unseen []row
	for _, r := range rows {
		if r.group == fit.Calibration {
			unseen = append(unseen, r)
		} else {
			seen = append(seen, r)
		}
	}
	f, err := o.forest(ctx, seen)
	if err != nil {
		return err
	}
	m.ForestWeight = weigh(f, unseen)
	m.Forest, err = o.forest(ctx, rows)
	return err
}

// forest boosts trees that predict the cold starts of the next hour.
func (o Options) forest(ctx context.Context, rows []row) (*forest.Forest, error) {
	var x, y []float32
	for _, r := range rows {
		x, y = append(x, r.x...), append(y, r.observed)
	}
	return forest.TrainBoostedRegressor(ctx, o.Forest, o.Boost, x, hourly.Columns, y, o.source("hourly forest"))
}

// weigh returns the weight w of the trees beside the LSTM, 0 to 1, with the least
// squared error over rows. For predictions p of the LSTM and q of the trees, and y
// observed, the error Σ (p + w·(q-p) - y)² is least at
//
//	w = Σ (q-p)·(y-p) / Σ (q-p)²
func weigh(f *forest.Forest, rows []row) float32 {
	var cross, squares float64
	var out [1]float32
	for _, r := range rows {
		difference := float64(f.Predict(out[:], r.x)[0] - r.predicted)
		cross += difference * float64(r.observed-r.predicted)
		squares += difference * difference
	}
	// Trees and LSTM agree on every row, so any weight gives the same forecast.
	if squares == 0 {
		return 1
	}
	// Held within 0 and 1: outside, the forecast would be an extrapolation beyond
	// both parts.
	return float32(min(max(cross/squares, 0), 1))
}
