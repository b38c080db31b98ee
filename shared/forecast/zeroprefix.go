package forecast

import (
	"slices"
	"sync/atomic"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// zeroPrefix holds the states of the network over a window without calls: before
// the first segment and after each. The steps before the first call of a window
// are the same for every function at the same phase, so that the network need not
// read them again: this is prefix caching, as language models do with a common
// prompt. Most functions are called rarely and gain much of their time by it.
type zeroPrefix struct {
	hidden int
	h, c   []float32              // (Segments+1) × hidden
	silent atomic.Pointer[answer] // of a window that is all zero prefix, nil until one was read
}

// answer is what the adapted network predicts for a window.
type answer struct {
	outputs [Outputs]float32
	network [feature.Horizons]float32 // probabilities
}

// state returns the hidden state and the cell state before a segment.
func (z *zeroPrefix) state(segment int) (h, c []float32) {
	at, end := segment*z.hidden, (segment+1)*z.hidden
	return z.h[at:end], z.c[at:end]
}

// newZeroPrefix reads feature.Steps steps without calls, the first of which has
// the given phase.
func newZeroPrefix(n *lstm.Network[float32], phase int) *zeroPrefix {
	size := (feature.Segments + 1) * n.Hidden
	z := &zeroPrefix{hidden: n.Hidden, h: make([]float32, size), c: make([]float32, size)}
	x := feature.Encode(make([]float32, feature.Segments*feature.Inputs), make([]int32, feature.Steps), phase)
	ws := lstm.NewWorkspace[float32](n.Shape, 1)
	ws.Start(1)
	for segment := range feature.Segments {
		n.Step(ws, x[segment*feature.Inputs:(segment+1)*feature.Inputs])
		h, c := ws.State(0)
		copy(z.h[(segment+1)*n.Hidden:], h)
		copy(z.c[(segment+1)*n.Hidden:], c)
	}
	return z
}

// zeroPrefix returns the states of a window without calls that begins at phase.
// They are computed when they are first needed. Two goroutines may compute the
// same states at once, which does no harm.
func (p *Predictor) zeroPrefix(phase int) *zeroPrefix {
	if z := p.prefixes[phase].Load(); z != nil {
		return z
	}
	z := newZeroPrefix(p.model.Network, phase)
	p.prefixes[phase].Store(z)
	return z
}

// sequence is a window as the network reads it.
type sequence struct {
	window int // in scratch.windows
	zeros  int // segments before its first call
	prefix *zeroPrefix
}

// order sorts the windows of the batch that are not recalled by the length of their zero
// prefixes, the shortest first, so that those that have begun are always the first ones.
func (p *Predictor) order(s *scratch) {
	s.sequences, s.recalled = s.sequences[:0], s.recalled[:0]
	for i, w := range s.windows {
		if s.recall(i) {
			continue
		}
		recent := w.Tail(feature.Steps)
		prefix := p.zeroPrefix(feature.Phase(recent.Start, recent.StepSeconds))
		s.sequences = append(s.sequences, sequence{window: i, zeros: zeroSegments(recent), prefix: prefix})
	}
	slices.SortFunc(s.sequences, func(a, b sequence) int { return a.zeros - b.zeros })
	for at, q := range s.sequences {
		s.sequenceOf[q.window] = at
	}
	s.place()
}

// zeroSegments returns the number of segments of a window that end before its
// first call or step without data. A window that is shorter than feature.Steps
// begins with steps without data, and has none.
func zeroSegments(w series.Window) int {
	if len(w.Counts) < feature.Steps {
		return 0
	}
	first := slices.IndexFunc(w.Counts, func(c int32) bool { return c != 0 })
	if first < 0 {
		return feature.Segments
	}
	segment := 0
	for feature.SegmentEnd(segment) <= first {
		segment++
	}
	return segment
}
