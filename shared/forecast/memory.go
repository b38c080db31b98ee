package forecast

import (
	"sync"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// pattern is all that the network and its adaptation read of a window. Windows of equal
// patterns have equal outputs, to the last bit: timers look the same an hour later, and
// like each other.
type pattern struct {
	phase, steps int
	counts       [feature.Steps]int32 // the last ones of the window; steps of them
}

func patternOf(w series.Window) (p pattern) {
	recent := w.Counts[max(0, len(w.Counts)-feature.Steps):]
	p.steps = copy(p.counts[:], recent)
	p.phase = (feature.Phase(w.Start, w.StepSeconds) + len(w.Counts) - p.steps) % feature.PhaseSteps
	return p
}

// memory keeps what the adapted network predicted for the last patterns, in two
// generations. It is safe for concurrent use.
type memory struct {
	mu         sync.Mutex
	size       int // patterns of a generation
	young, old map[pattern]*answer
}

// recall returns the prediction for a pattern, nil if it is not known.
func (m *memory) recall(p *pattern) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if out := m.young[*p]; out != nil {
		return out
	}
	out := m.old[*p]
	if out != nil {
		m.keep(p, out)
	}
	return out
}

// remember keeps the prediction for a pattern.
func (m *memory) remember(p *pattern, out *answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(p, out)
}

// keep adds to the young generation. When that is full it becomes the old one, and the
// patterns that were not asked for since are forgotten.
func (m *memory) keep(p *pattern, out *answer) {
	if len(m.young) >= m.size {
		m.young, m.old = nil, m.young
	}
	if m.young == nil {
		m.young = make(map[pattern]*answer)
	}
	m.young[*p] = out
}

// recalled is a window of the batch whose prediction is known.
type recalled struct {
	window int
	*answer
}

// recall reports whether the prediction for a window of the batch is known, and notes it.
func (s *scratch) recall(window int) bool {
	if s.memory == nil {
		return false
	}
	s.patterns[window] = patternOf(s.windows[window])
	out := s.memory.recall(&s.patterns[window])
	if out != nil {
		s.recalled = append(s.recalled, recalled{window, out})
	}
	return out != nil
}

// place writes the known outputs behind those of the sequences.
func (s *scratch) place() {
	for k, r := range s.recalled {
		at := len(s.sequences) + k
		s.sequenceOf[r.window] = at
		copy(s.out[at*Outputs:], r.outputs[:])
	}
}

// use makes s ask a memory in the next batches; nil for none.
func (s *scratch) use(m *memory) {
	if s.memory = m; m != nil && s.patterns == nil {
		s.patterns = make([]pattern, batch)
	}
}
