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

// memory keeps what a predictor has computed and may need again.
type memory struct {
	networks generations[pattern, *answer]  // outputs of the adapted network
	silences generations[silence, *outlook] // forecasts of windows without calls
}

// generations keeps the values of the keys that were asked for last, in two generations. It is
// safe for concurrent use.
type generations[K comparable, V any] struct {
	mu         sync.Mutex
	size       int // keys of a generation
	young, old map[K]V
}

// recall returns the value of a key, and whether it is known.
func (g *generations[K, V]) recall(key *K) (v V, known bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v, known = g.young[*key]; known {
		return v, true
	}
	if v, known = g.old[*key]; known {
		g.keep(key, v)
	}
	return v, known
}

// remember keeps the value of a key.
func (g *generations[K, V]) remember(key *K, v V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keep(key, v)
}

// keep adds to the young generation. When that is full it becomes the old one, and the
// keys that were not asked for since are forgotten.
func (g *generations[K, V]) keep(key *K, v V) {
	if len(g.young) >= g.size {
		g.young, g.old = nil, g.young
	}
	if g.young == nil {
		g.young = make(map[K]V)
	}
	g.young[*key] = v
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
	out, known := s.memory.networks.recall(&s.patterns[window])
	if known {
		s.recalled = append(s.recalled, recalled{window, out})
	}
	return known
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

// silence is all that the forecast of a window without calls depends on, but for what was
// observed.
type silence struct{ phase, steps, horizons int }

// silenceOf returns the silence of a window, and whether it has no call and no unknown step.
func (s *scratch) silenceOf(w series.Window) (silence, bool) {
	for _, c := range w.Counts {
		if c != 0 {
			return silence{}, false
		}
	}
	return silence{feature.Phase(w.Start, w.StepSeconds), len(w.Counts), s.horizons}, true
}

// foresee sets the outlook of a window of the batch, which may be known: most functions of a
// large platform sleep all day, and their windows are equal.
func (p *Predictor) foresee(s *scratch, window int) {
	if s.memory == nil {
		p.refine(s, window)
		return
	}
	key, silent := s.silenceOf(s.windows[window])
	if silent {
		if known, ok := s.memory.silences.recall(&key); ok {
			s.outlook = *known
			return
		}
	}
	p.refine(s, window)
	if silent {
		made := s.outlook
		s.memory.silences.remember(&key, &made)
	}
}
