package fit

import (
	"math"
	"math/rand/v2"
	"sync"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/lstm"
	"prewarm/shared/series"
)

// rowSet is training data of the refiner: rows of feature.Columns and whether
// the step was active.
type rowSet struct {
	x, y []float32
}

// horizonsPerExample is the number of horizons that one example gives rows
// for; neighbouring ones say much the same.
const horizonsPerExample = 12

// collect draws examples and makes rows of them with what network says of
// their last step. A third of the examples has a short past.
func collect(network *lstm.Network[float32], pooled *feature.Distribution, tasks []Task, examples int, timers float64, rng *rand.Rand) rowSet {
	const parts = 16
	var sets [parts]rowSet
	var wait sync.WaitGroup
	for i := range sets {
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		wait.Go(func() { sets[i] = collectPart(network, pooled, tasks, examples/parts, timers, own) })
	}
	wait.Wait()
	var all rowSet
	for _, s := range sets {
		all.x, all.y = append(all.x, s.x...), append(all.y, s.y...)
	}
	return all
}

func collectPart(network *lstm.Network[float32], pooled *feature.Distribution, tasks []Task, examples int, timers float64, rng *rand.Rand) rowSet {
	var set rowSet
	var h feature.History
	var renewal [feature.Horizons]float32
	ws, out := lstm.NewWorkspace[float32](network.Shape, 1), make([]float32, network.Outputs)
	p, rows := make([]float32, feature.Horizons), make([]float32, feature.Horizons*feature.Columns)
	for range examples {
		e := draw(tasks, timers, rng)
		if rng.IntN(8) == 0 {
			e = e.spoil(rng)
		}
		past := e.counts[:feature.Steps]
		if rng.IntN(3) == 0 {
			cut := rng.IntN(feature.Steps - forecast.MinKnown)
			past, e.phase = past[cut:], (e.phase+cut)%feature.PhaseSteps
		}
		activity(p, out, network, ws, past, e.phase)
		h.Read(past, e.phase)
		h.Rows(rows, p, h.Renewal(renewal[:], pooled))
		set.add(rows, e.counts[feature.Steps:], rng)
	}
	return set
}

// activity runs one past through the network.
func activity(p, out []float32, network *lstm.Network[float32], ws *lstm.Workspace[float32], past []int32, phase int) {
	x := feature.Encode(make([]float32, len(past)*feature.Inputs), past, phase)
	ws.Start(1)
	for t := range past {
		network.Step(ws, x[t*feature.Inputs:(t+1)*feature.Inputs])
	}
	network.Head(out, ws)
	for i := range p {
		p[i] = float32(1 / (1 + math.Exp(-float64(out[i]))))
	}
}

// add takes some of the rows of one example, each horizon with equal chance.
func (s *rowSet) add(rows []float32, future []int32, rng *rand.Rand) {
	for _, t := range rng.Perm(feature.Horizons)[:horizonsPerExample] {
		if future[t] == series.NoData {
			continue
		}
		s.x = append(s.x, rows[t*feature.Columns:(t+1)*feature.Columns]...)
		active := float32(0)
		if future[t] > 0 {
			active = 1
		}
		s.y = append(s.y, active)
	}
}

// trainRefiner grows the forest on rows made out of fold: of each fold with
// the network that has seen the other.
func (o Options) trainRefiner(a, b *lstm.Network[float32], groups [4][]Task, pooled *feature.Distribution) (*forest.Forest, error) {
	rng := o.source("refiner", 0)
	rows := collect(a, pooled, groups[FoldB], o.Examples/2, o.Timers, rng)
	other := collect(b, pooled, groups[FoldA], o.Examples/2, o.Timers, rng)
	return forest.TrainRegressor(o.Forest, append(rows.x, other.x...), feature.Columns, append(rows.y, other.y...), rng)
}
