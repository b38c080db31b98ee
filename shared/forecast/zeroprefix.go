package forecast

import (
	"slices"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// silence holds the states of the network over a window in which nothing was
// called, before the first slot and after each. What precedes the first call is
// the same for every function at the same clock, so that it is read once.
type silence struct {
	hidden int
	h, c   []float32 // (Slots+1) × hidden
}

// state returns hidden and cell state before a slot.
func (q *silence) state(slot int) (h, c []float32) {
	at, end := slot*q.hidden, (slot+1)*q.hidden
	return q.h[at:end], q.c[at:end]
}

// newSilence reads a window of feature.Steps steps without calls, whose first
// has the given phase.
func newSilence(n *lstm.Network[float32], phase int) *silence {
	size := (feature.Segments + 1) * n.Hidden
	q := &silence{hidden: n.Hidden, h: make([]float32, size), c: make([]float32, size)}
	x := feature.Encode(make([]float32, feature.Segments*feature.Inputs), make([]int32, feature.Steps), phase)
	ws := lstm.NewWorkspace[float32](n.Shape, 1)
	ws.Start(1)
	for slot := range feature.Segments {
		n.Step(ws, x[slot*feature.Inputs:(slot+1)*feature.Inputs])
		h, c := ws.State(0)
		copy(q.h[(slot+1)*n.Hidden:], h)
		copy(q.c[(slot+1)*n.Hidden:], c)
	}
	return q
}

// silence returns the states of a silent window that begins at phase. They are
// read when they are first asked for.
func (p *Predictor) silence(phase int) *silence {
	if q := p.silent[phase].Load(); q != nil {
		return q
	}
	q := newSilence(p.model.Network, phase)
	p.silent[phase].Store(q)
	return q
}

// seat is the place of a window in the network's batch.
type seat struct {
	window  int // in scratch.windows
	quiet   int // slots before its first call
	silence *silence
}

// seat gives every window of the batch its seat, the longest silence last.
func (p *Predictor) seat(s *scratch) {
	s.seats = s.seats[:0]
	for i, w := range s.windows {
		recent := w.Tail(feature.Steps)
		s.seats = append(s.seats, seat{window: i, quiet: quietSlots(recent), silence: p.silence(feature.Phase(recent.Start, recent.StepSeconds))})
	}
	slices.SortFunc(s.seats, func(a, b seat) int { return a.quiet - b.quiet })
	for at, seat := range s.seats {
		s.seatOf[seat.window] = at
	}
}

// quietSlots returns the number of slots of a window that end before its first
// call or missing step. A window that is shorter than feature.Steps begins with
// missing ones.
func quietSlots(w series.Window) int {
	if len(w.Counts) < feature.Steps {
		return 0
	}
	first := slices.IndexFunc(w.Counts, func(c int32) bool { return c != 0 })
	if first < 0 {
		return feature.Segments
	}
	slot := 0
	for feature.SegmentEnd(slot) <= first {
		slot++
	}
	return slot
}
