package boostfit

import (
	"math/rand/v2"

	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/trace"
)

// rows are training data: the columns of a minute, whether it had a call, and the fold of
// the function's owner.
type rows struct {
	x, y []float32
	fold []int
}

// join appends the rows of o.
func (r *rows) join(o rows) {
	r.x, r.y, r.fold = append(r.x, o.x...), append(r.y, o.y...), append(r.fold, o.fold...)
}

// without returns the rows of all folds but one.
func (r *rows) without(fold int) (x, y []float32) {
	for i, k := range r.fold {
		if k != fold {
			x, y = append(x, r.x[i*rival.BoostedColumns:(i+1)*rival.BoostedColumns]...), append(y, r.y[i])
		}
	}
	return x, y
}

// gatherer makes rows of a share of the minutes of a trace. It runs as a policy, so that the
// columns are those that the policy sees.
type gatherer struct {
	rows
	trace *trace.Trace
	folds []int // by function
	pasts *rival.BoostedPasts
	share float64
	rng   *rand.Rand
}

// Name implements simulate.Policy.
func (*gatherer) Name() string { return "gatherer" }

// Warm implements simulate.Policy: it takes rows of the minute and keeps nothing warm.
func (g *gatherer) Warm(warm []int32, h simulate.History) {
	var row [rival.BoostedColumns]float32
	for f := range warm {
		known := g.pasts.Row(row[:], h, f)
		count := g.trace.Functions[f].Counts[h.Minute()]
		// Drawn, not every n-th minute: no timer is favoured. Drawn for each minute and
		// function, so that the calls of one function do not move the rows of others.
		drawn := g.rng.Float64() < g.share
		if !drawn || !known || count == series.NoData {
			continue
		}
		active := float32(0)
		if count > 0 {
			active = 1
		}
		g.x, g.y, g.fold = append(g.x, row[:]...), append(g.y, active), append(g.fold, g.folds[f])
	}
}
