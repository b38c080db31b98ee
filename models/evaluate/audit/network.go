package audit

import (
	"math/rand/v2"
	"slices"

	"prewarm/shared/nn/adam"
	"prewarm/shared/nn/lstm"
)

const (
	hidden     = 16
	taskRows   = 24 // successive rows that make a task
	innerSteps = 5  // of gradient descent on one task
	innerRate  = 0.05
	outerSteps = 2000
	outerRate  = 0.5 // falls to 0
)

// learner is an LSTM that reads the scaled look-back and states the scaled
// target.
type learner struct {
	network *lstm.Network[float32]
	tapes   map[int]*lstm.Tape[float32] // by number of rows
}

// metaTrain trains the network so that a few steps of gradient descent on a
// task bring it far. Every series is cut into tasks.
//
//	w = w + outerRate · (w after innerSteps on a task - w)
//
// Source: Nichol, Achiam, Schulman, "On First-Order Meta-Learning Algorithms",
// 2018 (Reptile).
func metaTrain(rows []row, rng *rand.Rand) *learner {
	shape := lstm.Shape{Inputs: 1, Hidden: hidden, Outputs: 1}
	l := &learner{network: lstm.New[float32](shape, rng), tapes: map[int]*lstm.Tape[float32]{}}
	tasks := tasksOf(rows)
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

// tasksOf cuts the rows of each series into blocks.
func tasksOf(rows []row) [][]row {
	var tasks [][]row
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && to-from < taskRows && rows[to].series == rows[from].series {
			to++
		}
		tasks = append(tasks, rows[from:to])
		from = to
	}
	return tasks
}

// descend moves the network by innerSteps against the gradient of the mean
// squared error.
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

func (l *learner) tape(rows int) *lstm.Tape[float32] {
	if l.tapes[rows] == nil {
		l.tapes[rows] = lstm.NewTape[float32](l.network.Shape, lookBack, rows, []int{lookBack - 1})
	}
	return l.tapes[rows]
}

// forward returns the scaled forecasts, valid until the next call.
func (l *learner) forward(rows []row) []float32 {
	x := make([]float32, lookBack*len(rows))
	for i, r := range rows {
		for t, v := range r.past {
			x[t*len(rows)+i] = float32(r.scaled(v))
		}
	}
	return l.network.Forward(l.tape(len(rows)), x)
}

// states returns the scaled forecasts of rows. Those of each series are made by
// the network after it was adapted to the last early rows of that series.
func (l *learner) states(rows []row) []float64 {
	trained := slices.Clone(l.network.Params())
	out := make([]float64, 0, len(rows))
	for from := 0; from < len(rows); {
		to := from
		var early []row
		for ; to < len(rows) && rows[to].series == rows[from].series; to++ {
			if !rows[to].late {
				early = append(early, rows[to])
			}
		}
		if len(early) > 0 {
			l.descend(early[max(0, len(early)-taskRows):])
		}
		for _, y := range l.forward(rows[from:to]) {
			out = append(out, float64(y))
		}
		copy(l.network.Params(), trained)
		from = to
	}
	return out
}
