package audit

import (
	"math/rand/v2"
	"slices"

	"prewarm/shared/nn/adam"
	"prewarm/shared/nn/lstm"
)

// The network and its training. A task is a few successive rows of one series.
const (
	hidden     = 16 // cells
	taskRows   = 24 // most rows of a task
	innerSteps = 5  // of gradient descent on one task
	innerRate  = 0.05
	outerSteps = 2000 // tasks drawn
	outerRate  = 0.5  // falls linearly to 0
)

// learner is an LSTM that reads the scaled look-back and predicts the scaled
// target. It is not safe for concurrent use.
type learner struct {
	network *lstm.Network[float32]
	tapes   map[int]*lstm.Tape[float32] // by number of rows, used again
}

// metaTrain trains a network such that a few steps of gradient descent adapt it
// to a new task. For each task drawn it sets
//
//	w ← w + rate·(w' - w)
//
// with w' the weights after innerSteps on that task.
//
// Source: Nichol, Achiam, Schulman, "On First-Order Meta-Learning Algorithms",
// 2018 (Reptile).
func metaTrain(rows []row, rng *rand.Rand) *learner {
	shape := lstm.Shape{Inputs: 1, Hidden: hidden, Outputs: 1}
	l := &learner{network: lstm.New[float32](shape, rng), tapes: map[int]*lstm.Tape[float32]{}}
	var tasks [][]row
	for _, s := range bySeries(rows) {
		tasks = slices.AppendSeq(tasks, slices.Chunk(s, taskRows))
	}
	before := make([]float32, shape.Size())
	for step := range outerSteps {
		copy(before, l.network.Params())
		l.descend(tasks[rng.IntN(len(tasks))])
		rate := float32(outerRate * (1 - float64(step)/outerSteps))
		for i, after := range l.network.Params() {
			l.network.Params()[i] = before[i] + rate*(after-before[i])
		}
	}
	return l
}

// bySeries divides rows into those of each series, which must be adjacent.
func bySeries(rows []row) [][]row {
	var all [][]row
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].series == rows[0].series {
			n++
		}
		all, rows = append(all, rows[:n]), rows[n:]
	}
	return all
}

// descend makes innerSteps of gradient descent on the mean squared error of rows,
//
//	w ← w - innerRate·∇ ½·Σ (y - target)²/n
//
// with the gradient clipped to a norm of 1. It changes the network in place.
func (l *learner) descend(rows []row) {
	grad := make([]float32, l.network.Size())
	dOut := make([]float32, len(rows))
	for range innerSteps {
		for i, y := range l.forward(rows) {
			dOut[i] = (y - float32(rows[i].scaled(rows[i].target))) / float32(len(rows))
		}
		clear(grad)
		l.network.Backward(l.tape(len(rows)), dOut, grad)
		adam.Clip(grad, 1)
		for i, g := range grad {
			l.network.Params()[i] -= innerRate * g
		}
	}
}

// tape returns the memory of a forward pass over this many rows.
func (l *learner) tape(rows int) *lstm.Tape[float32] {
	if l.tapes[rows] == nil {
		l.tapes[rows] = lstm.NewTape[float32](l.network.Shape, lookBack, rows, []int{lookBack - 1})
	}
	return l.tapes[rows]
}

// forward returns the scaled predictions for rows. The slice belongs to the tape
// and is valid until the next call with the same number of rows.
func (l *learner) forward(rows []row) []float32 {
	x := make([]float32, lookBack*len(rows)) // one step of all rows after the other
	for i, r := range rows {
		for t, v := range r.history {
			x[t*len(rows)+i] = float32(r.scaled(v))
		}
	}
	return l.network.Forward(l.tape(len(rows)), x)
}

// predict returns the scaled predictions for rows. Each series is predicted by the
// network adapted to the last early rows of that series; their number is that of a
// task in training. After each series the trained weights are restored.
func (l *learner) predict(rows []row) []float64 {
	trained := slices.Clone(l.network.Params())
	predicted := make([]float64, 0, len(rows))
	for _, s := range bySeries(rows) {
		// Only the first half of the series adapts the network; the second half is
		// scored.
		early := slices.DeleteFunc(slices.Clone(s), func(r row) bool { return r.late })
		// A series without early rows is predicted by the network as it was
		// meta-trained.
		if len(early) > 0 {
			l.descend(early[max(0, len(early)-taskRows):])
		}
		for _, y := range l.forward(s) {
			predicted = append(predicted, float64(y))
		}
		copy(l.network.Params(), trained)
	}
	return predicted
}
