package hourlyfit

import (
	"context"
	"fmt"
	"math/rand/v2"

	"prewarm/models/train/fit"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/nn/adam"
	"prewarm/shared/nn/lstm"
)

// batchSize is the number of sequences per update.
//
// It is constant: the tapes are allocated for it once, and the gradient is averaged
// over it.
const batchSize = 128

// sequence is a history as the network reads it, with the target after each hour.
type sequence struct {
	x       []float32 // hours × inputs
	targets []float32 // hours
}

// trainNetwork trains an LSTM of functions on those of tasks that are called often
// enough.
func (o Options) trainNetwork(ctx context.Context, stage string, m *hourly.Model, tasks []fit.Task) (*lstm.Network[float32], error) {
	rng := o.source(stage)
	all := o.windows(o.dense(tasks), rng)
	if len(all) == 0 {
		return nil, fmt.Errorf("hourly: %s has no function with calls in %g of the minutes to train on", stage, o.Dense)
	}
	// Encoded once and in parallel. Each window has its own element, so the order of
	// the result does not depend on the workers.
	sequences := make([]sequence, len(all))
	parallel(m, len(all), func(r *hourly.Reader, i int) {
		s := sequence{x: make([]float32, hourly.MaxHours*hourly.Inputs), targets: make([]float32, hourly.MaxHours)}
		hours := r.Inputs(s.x, all[i].history())
		hourly.Targets(s.targets, all[i].counts, all[i].origin())
		sequences[i] = sequence{x: s.x[:hours*hourly.Inputs], targets: s.targets[:hours]}
	})
	return o.descend(ctx, stage, lstm.Shape{Inputs: hourly.Inputs, Hidden: o.Hidden, Outputs: 1}, sequences, rng)
}

// dense returns the tasks with calls in at least the share Dense of their minutes.
// From others an LSTM learns little but that nothing comes.
func (o Options) dense(tasks []fit.Task) []fit.Task {
	var all []fit.Task
	for _, t := range tasks {
		active := 0
		for _, c := range t.Counts {
			if c > 0 {
				active++
			}
		}
		if float64(active) >= o.Dense*float64(len(t.Counts)) {
			all = append(all, t)
		}
	}
	return all
}

// descend trains an LSTM by Adam on batches of sequences of equal length. The loss
// is the squared error after every hour: the prediction that makes it least is the
// mean, which is the expected number of cold starts.
func (o Options) descend(ctx context.Context, stage string, shape lstm.Shape, sequences []sequence, rng *rand.Rand) (*lstm.Network[float32], error) {
	network, optimiser := lstm.New[float32](shape, rng), adam.New[float32](shape.Size())
	d := newDescent(shape, sequences)
	running := 0.0
	for done := range o.Updates {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("hourly: %s stopped at update %d of %d: %w", stage, done, o.Updates, err)
		}
		loss := d.gradient(network, rng)
		// An exponential mean over about 50 updates: the loss of one batch is too
		// noisy to report.
		if running += 0.02 * (loss - running); done == 0 {
			running = loss
		}
		fit.Descend(optimiser, network.Params(), d.grad, o.Rate, o.Updates)
		if (done+1)%250 == 0 {
			o.Progress(stage, done+1, o.Updates, running)
		}
	}
	return network, nil
}

// descent holds the sequences and the memory for the gradient of a batch.
type descent struct {
	byHours map[int][]sequence          // by their length in hours
	hours   []int                       // length of each sequence, so that every sequence is drawn with equal chance
	tapes   map[int]*lstm.Tape[float32] // by length
	inputs  int
	x, dOut []float32 // hours × batchSize × inputs, hours × batchSize
	grad    []float32 // as the parameters
}

// newDescent sorts the sequences by length and allocates one tape for each length. A
// batch has sequences of one length only, because a tape unrolls a fixed number of
// hours.
func newDescent(shape lstm.Shape, sequences []sequence) *descent {
	d := &descent{byHours: map[int][]sequence{}, tapes: map[int]*lstm.Tape[float32]{}, inputs: shape.Inputs, grad: make([]float32, shape.Size())}
	for _, s := range sequences {
		hours := len(s.targets)
		d.byHours[hours] = append(d.byHours[hours], s)
		d.hours = append(d.hours, hours)
		if d.tapes[hours] == nil {
			// The loss is taken after every hour, so a sequence of n hours gives n
			// examples for one pass.
			readouts := make([]int, hours)
			for h := range readouts {
				readouts[h] = h
			}
			d.tapes[hours] = lstm.NewTape[float32](shape, hours, batchSize, readouts)
		}
	}
	return d
}

// gradient draws a batch and sets grad; it returns the mean squared error.
func (d *descent) gradient(network *lstm.Network[float32], rng *rand.Rand) (loss float64) {
	// A length is drawn in proportion to its sequences, then sequences of that
	// length with replacement.
	hours := d.hours[rng.IntN(len(d.hours))]
	batch := d.load(hours, rng)
	loss = d.losses(network.Forward(d.tapes[hours], d.x), batch[:], hours)
	clear(d.grad)
	network.Backward(d.tapes[hours], d.dOut, d.grad)
	return loss
}

// load draws a batch of sequences of the given length and sets x to their inputs.
func (d *descent) load(hours int, rng *rand.Rand) (batch [batchSize]sequence) {
	pool := d.byHours[hours]
	d.x = append(d.x[:0], make([]float32, hours*batchSize*d.inputs)...)
	for i := range batch {
		batch[i] = pool[rng.IntN(len(pool))]
		for h := range hours {
			// Hour by hour, as lstm.Network.Forward reads: the batch of one hour is
			// contiguous.
			copy(d.x[(h*batchSize+i)*d.inputs:], batch[i].x[h*d.inputs:(h+1)*d.inputs])
		}
	}
	return batch
}

// losses sets dOut to the gradient of the loss by out, and returns the loss.
func (d *descent) losses(out []float32, batch []sequence, hours int) (loss float64) {
	d.dOut = append(d.dOut[:0], make([]float32, hours*batchSize)...)
	// The mean over hours and batch: the size of the gradient then does not depend
	// on the length that was drawn. d(miss²)/d(out) is 2·miss.
	scale := 1 / float32(hours*batchSize)
	for h := range hours {
		for i, s := range batch {
			miss := out[h*batchSize+i] - s.targets[h]
			d.dOut[h*batchSize+i] = 2 * miss * scale
			loss += float64(miss * miss * scale)
		}
	}
	return loss
}
