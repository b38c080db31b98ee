package fit

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"prewarm/shared/forecast"
	"prewarm/shared/nn/adam"
	"prewarm/shared/nn/lstm"
)

// Progress receives how far a training is: done of total units of a stage, and
// the present loss, 0 if the stage has none.
type Progress func(stage string, done, total int, loss float64)

// networkTraining is the training of one LSTM.
type networkTraining struct {
	opt    Options
	stage  string
	tasks  []Task
	state  *networkState
	shards [shards]*shard
}

// networkState is what a checkpoint holds of one LSTM: all that is needed to
// resume its training.
type networkState struct {
	Params  []float32
	Adam    *adam.Adam[float32]
	Entropy float64 // running mean of the cross-entropy
}

// shape returns the shape of the LSTM; inputs and outputs are those of package
// forecast.
func (o Options) shape() lstm.Shape { return forecast.NetworkShape(o.Hidden) }

// fresh returns the state before the first update.
func (o Options) fresh(stage string) *networkState {
	// The running entropy begins at that of a probability of one half, log 2. Update
	// 0 of the source is for the weights; minibatches use 1 and up.
	n := lstm.New[float32](o.shape(), o.source(stage, 0))
	return &networkState{Params: n.Params(), Adam: adam.New[float32](o.shape().Size()), Entropy: math.Ln2}
}

// source returns the random source of one update of a stage. Each update has its
// own, so that a resumed training draws the same numbers as an uninterrupted one.
func (o Options) source(stage string, update int) *rand.Rand {
	seed := uint64(0)
	for _, c := range stage {
		seed = mix(seed + uint64(c))
	}
	return rand.New(rand.NewPCG(o.Seed^seed, uint64(update)))
}

// trainNetwork runs the remaining updates of a stage. It calls save every SaveEvery
// updates, at the end, and before it returns early because ctx has ended.
func trainNetwork(ctx context.Context, o Options, stage string, tasks []Task, state *networkState, save func() error) (*lstm.Network[float32], error) {
	tr := &networkTraining{opt: o, stage: stage, tasks: tasks, state: state}
	for i := range tr.shards {
		tr.shards[i] = newShard(o.shape())
	}
	network := lstm.FromParams(o.shape(), state.Params)
	// The checkpoint holds the same slice that Adam updates in place.
	state.Params = network.Params()
	for state.Adam.Updates < o.Updates {
		if ctx.Err() != nil {
			if err := save(); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("fit: %s stopped at update %d of %d: %w", stage, state.Adam.Updates, o.Updates, ctx.Err())
		}
		tr.update(network)
		if done := state.Adam.Updates; done%25 == 0 || done == o.Updates {
			o.Progress(stage, done, o.Updates, state.Entropy)
		}
		if state.Adam.Updates%o.SaveEvery == 0 {
			if err := save(); err != nil {
				return nil, err
			}
		}
	}
	return network, save()
}

// update draws a minibatch and moves the network by one step of Adam. The shards
// run in parallel; their gradients are summed in order, so that the result does
// not depend on which ends first.
func (tr *networkTraining) update(network *lstm.Network[float32]) {
	rng := tr.opt.source(tr.stage, 1+tr.state.Adam.Updates)
	var wait sync.WaitGroup
	for _, s := range tr.shards {
		// Drawn here, in the order of the shards: a rand.Rand must not be shared by
		// goroutines.
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		wait.Go(func() { s.gradient(network, tr.tasks, tr.opt.Timers, own) })
	}
	wait.Wait()
	grad, entropy := tr.shards[0].grad, tr.shards[0].entropy
	for _, s := range tr.shards[1:] {
		for i, g := range s.grad {
			grad[i] += g
		}
		entropy += s.entropy
	}
	Descend(tr.state.Adam, tr.state.Params, grad, tr.opt.Rate, tr.opt.Updates)
	// An exponential mean over about 50 updates, for the report of progress alone.
	tr.state.Entropy += 0.02 * (entropy/shards - tr.state.Entropy)
}

// clipNorm is the largest Euclidean norm of a gradient.
const clipNorm = 1.0

// Descend moves params by one step of Adam, the next of the given number of
// updates. It clips the gradient in place. The learning rate falls along half a
// cosine from rate to a hundredth of it:
//
//	rate·(0.01 + 0.99·(1 + cos(π·done/updates))/2)
//
// Source: Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm
// Restarts", ICLR 2017, without restarts.
func Descend(a *adam.Adam[float32], params, grad []float32, rate float64, updates int) {
	adam.Clip(grad, clipNorm)
	done := float64(a.Updates) / float64(updates)
	a.Update(params, grad, rate*(0.01+0.99*(1+math.Cos(math.Pi*done))/2))
}
