package fit

import (
	"math/rand/v2"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
)

const (
	shards    = 4  // parts of a minibatch, computed in parallel and summed in order
	shardSize = 32 // sequences per shard
)

// readouts are the segments after which the loss of a sequence is taken: the last
// one, and some of the supports of adaptation, whose states must be good as well.
func readouts() []int { return []int{8, 17, 26, 35, 41, 47, 53, feature.Segments - 1} }

// shard computes the gradient of its part of a minibatch.
type shard struct {
	tape    *lstm.Tape[float32]
	x       []float32 // Segments × shardSize × Inputs
	encoded []float32 // Segments × Inputs, of one example
	dOut    []float32 // readouts × shardSize × Outputs
	grad    []float32 // as the parameters
	entropy float64   // mean cross-entropy
}

// newShard allocates the buffers of a shard once. They are reused by every update,
// so that the training loop does not allocate.
func newShard(shape lstm.Shape) *shard {
	outputs := len(readouts()) * shardSize * shape.Outputs
	return &shard{
		tape: lstm.NewTape[float32](shape, feature.Segments, shardSize, readouts()),
		x:    make([]float32, feature.Segments*shardSize*shape.Inputs), encoded: make([]float32, feature.Segments*shape.Inputs),
		dOut: make([]float32, outputs), grad: make([]float32, shape.Size()),
	}
}

// gradient draws the shard's examples and sets its gradient and its mean
// cross-entropy.
func (s *shard) gradient(network *lstm.Network[float32], tasks []Task, timers float64, rng *rand.Rand) {
	var examples [shardSize]example
	for i := range examples {
		examples[i] = drawFaulty(tasks, timers, rng).tail(feature.Steps)
		s.load(i, examples[i])
	}
	s.losses(network.Forward(s.tape, s.x), network.Outputs, examples[:])
	clear(s.grad)
	network.Backward(s.tape, s.dOut, s.grad)
}

// load encodes the history of an example as sequence i of the shard.
func (s *shard) load(i int, e example) {
	feature.Encode(s.encoded, e.history(), e.phase)
	for t := range feature.Segments {
		copy(s.x[(t*shardSize+i)*feature.Inputs:], s.encoded[t*feature.Inputs:(t+1)*feature.Inputs])
	}
}

// losses sets dOut to the gradient of the loss by out, readouts × shardSize × width,
// and entropy to the mean cross-entropy.
func (s *shard) losses(out []float32, width int, examples []example) {
	clear(s.dOut)
	s.entropy = 0
	steps := readouts()
	// The mean over the whole minibatch, not over the shard: gradients of shards are
	// summed.
	scale := 1 / float32(shards*shardSize*len(steps))
	for k, segment := range steps {
		for i, e := range examples {
			// The origin of an earlier readout is the end of its segment. The LSTM has
			// not read the steps of the example after it: they are the readout's future.
			at, origin := (k*shardSize+i)*width, feature.SegmentEnd(segment)-feature.Steps+e.origin()
			// A short history is padded at the front. A readout within the padding
			// has nothing to forecast from, and its gradient stays 0.
			if origin < minHistory {
				continue
			}
			entropy, _ := loss(s.dOut[at:at+width], out[at:at+width], e.counts[origin:], feature.LogMean(e.counts[:origin]), scale)
			s.entropy += entropy / float64(shardSize*len(steps))
		}
	}
}
