package fit

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/adam"
	"prewarm/shared/nn/lstm"
)

const (
	shards    = 4  // parts of a minibatch, trained in parallel and summed in order
	shardSize = 32 // sequences per shard
	clipNorm  = 1.0
)

// readouts are the slots after which a sequence is scored: the end of the past
// and some steps before it, at which adaptation looks as well.
func readouts() []int { return []int{8, 17, 26, 35, 41, 47, 53, feature.Segments - 1} }

// Progress is told how far a training is.
type Progress func(stage string, done, total int, loss float64)

// networkTraining is the training of one network and all that is needed to
// resume it.
type networkTraining struct {
	opt    Options
	stage  string
	tasks  []Task
	state  *networkState
	shards [shards]*shard
}

// networkState is what a checkpoint holds of one network.
type networkState struct {
	Params  []float32
	Adam    *adam.Adam[float32]
	Entropy float64 // running mean of the cross-entropy
}

// shard trains on its part of a minibatch.
type shard struct {
	tape    *lstm.Tape[float32]
	x       []float32
	encoded []float32
	dOut    []float32
	grad    []float32
	entropy float64
}

func (o Options) shape() lstm.Shape { return forecast.NetworkShape(o.Hidden) }

// fresh returns the state before the first update.
func (o Options) fresh(stage string) *networkState {
	n := lstm.New[float32](o.shape(), o.source(stage, 0))
	return &networkState{Params: n.Params(), Adam: adam.New[float32](o.shape().Size()), Entropy: math.Ln2}
}

// silent returns a network whose weights are all 0: it gives every window the
// same logits.
func (o Options) silent() *lstm.Network[float32] {
	return lstm.FromParams(o.shape(), make([]float32, o.shape().Size()))
}

// source returns the randomness of one update of a stage, so that a resumed
// training draws what an uninterrupted one would.
func (o Options) source(stage string, update int) *rand.Rand {
	seed := uint64(0)
	for _, c := range stage {
		seed = mix(seed + uint64(c))
	}
	return rand.New(rand.NewPCG(o.Seed^seed, uint64(update)))
}

func newShard(shape lstm.Shape) *shard {
	outputs := len(readouts()) * shardSize * shape.Outputs
	return &shard{
		tape: lstm.NewTape[float32](shape, feature.Segments, shardSize, readouts()),
		x:    make([]float32, feature.Segments*shardSize*shape.Inputs), encoded: make([]float32, feature.Segments*shape.Inputs),
		dOut: make([]float32, outputs), grad: make([]float32, shape.Size()),
	}
}

// trainNetwork runs the remaining updates of a stage and calls save now and
// then, and before it returns early because ctx ends.
func trainNetwork(ctx context.Context, o Options, stage string, tasks []Task, state *networkState, save func() error) (*lstm.Network[float32], error) {
	tr := &networkTraining{opt: o, stage: stage, tasks: tasks, state: state}
	for i := range tr.shards {
		tr.shards[i] = newShard(o.shape())
	}
	network := lstm.FromParams(o.shape(), state.Params)
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

// update draws a minibatch and moves the network by one step of Adam, at a
// rate that falls from Rate to a hundredth of it along half a cosine.
func (tr *networkTraining) update(network *lstm.Network[float32]) {
	rng := tr.opt.source(tr.stage, 1+tr.state.Adam.Updates)
	var wait sync.WaitGroup
	for _, s := range tr.shards {
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
	adam.Clip(grad, clipNorm)
	done := float64(tr.state.Adam.Updates) / float64(tr.opt.Updates)
	rate := tr.opt.Rate * (0.01 + 0.99*(1+math.Cos(math.Pi*done))/2)
	tr.state.Adam.Update(tr.state.Params, grad, rate)
	tr.state.Entropy += 0.02 * (entropy/shards - tr.state.Entropy)
}

// gradient draws the shard's examples and sets its gradient and its mean
// cross-entropy.
func (s *shard) gradient(network *lstm.Network[float32], tasks []Task, timers float64, rng *rand.Rand) {
	var examples [shardSize]example
	for i := range examples {
		examples[i] = draw(tasks, timers, rng)
		if rng.IntN(8) == 0 {
			examples[i] = examples[i].spoil(rng)
		}
		examples[i] = examples[i].shorten(rng).tail(feature.Steps)
		s.load(i, examples[i])
	}
	out := network.Forward(s.tape, s.x)
	clear(s.dOut)
	clear(s.grad)
	s.entropy = 0
	steps, width := readouts(), network.Outputs
	scale := 1 / float32(shards*shardSize*len(steps))
	for k, slot := range steps {
		for i, e := range examples {
			at, origin := (k*shardSize+i)*width, feature.SegmentEnd(slot)-feature.Steps+e.origin()
			if origin < minPast {
				continue
			}
			entropy, _ := loss(s.dOut[at:at+width], out[at:at+width], e.counts[origin:], feature.LogMean(e.counts[:origin]), scale)
			s.entropy += entropy / float64(shardSize*len(steps))
		}
	}
	network.Backward(s.tape, s.dOut, s.grad)
}

// load encodes the past of an example as sequence i of the shard.
func (s *shard) load(i int, e example) {
	feature.Encode(s.encoded, e.past(), e.phase)
	for t := range feature.Segments {
		copy(s.x[(t*shardSize+i)*feature.Inputs:], s.encoded[t*feature.Inputs:(t+1)*feature.Inputs])
	}
}
