package history

import "prewarm/shared/event"

// ringBlocks has room for the kept steps and for those that a forecast predicts, wherever in
// its block the first of them lies.
const ringBlocks = (MaxSteps+event.Horizons)/blockSteps + 1

// at returns the place of a step, the zero place if its block is taken by newer steps, or if the
// step lies before 1970. If the length of a step has changed, the history is cleared: steps
// of different lengths do not fit on one axis.
func (h *History) at(step, stepSeconds int64) place {
	if stepSeconds != h.stepSeconds {
		*h = History{stepSeconds: stepSeconds}
	}
	if step < 0 {
		return place{}
	}
	// The place depends on the step alone. A newer block overwrites the one that lies
	// a whole ring before it.
	index := step / stepSeconds / blockSteps
	b := h.ring[index%ringBlocks]
	switch {
	case b == nil || b.index < index:
		b = &block{index: index}
		h.ring[index%ringBlocks] = b
	case b.index > index:
		return place{}
	}
	return place{b, int(step / stepSeconds % blockSteps)}
}

// Forget drops the steps that begin after latest, in Unix seconds, also those that are only
// predicted. They come from a clock that ran ahead, and would keep out the true steps until
// then.
func (h *History) Forget(latest int64) {
	h.newest = 0
	for i, b := range h.ring {
		if b == nil {
			continue
		}
		// The first step of the block that lies ahead.
		ahead := latest/h.stepSeconds + 1 - b.index*blockSteps
		if ahead <= 0 {
			h.ring[i] = nil
			continue
		}
		b.forget(int(min(ahead, blockSteps)))
		for at := range int64(blockSteps) {
			if e := h.entry((b.index*blockSteps + at) * h.stepSeconds); e.known() {
				h.newest = max(h.newest, e.step)
			}
		}
	}
}

// entry returns what is known of a step.
func (h *History) entry(step int64) entry {
	e, number := newEntry(step), step/h.stepSeconds
	if b := h.ring[number/blockSteps%ringBlocks]; b != nil && b.index == number/blockSteps {
		for of := range e.values {
			e.values[of] = b.get(of, int(number%blockSteps))
		}
	}
	return e
}

// entries returns the steps up to the newest, oldest first and without holes,
// from the first step with a need or a decision.
func (h *History) entries() []entry {
	var out []entry
	// newest is 0 before the first need or decision: the result is then empty.
	for i := int64(MaxSteps) - 1; i >= 0 && h.newest > 0; i-- {
		step := h.newest - i*h.stepSeconds
		if step < 0 {
			continue
		}
		if e := h.entry(step); len(out) > 0 || e.known() {
			out = append(out, e)
		}
	}
	return out
}
