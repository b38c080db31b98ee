package view

import (
	"maps"
	"slices"

	"prewarm/shared/event"
)

// SetModes takes the modes that the operator has set, by function. The map must not be
// written to afterwards.
func (v *View) SetModes(modes map[string]event.Mode) {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.modes
	v.modes = modes
	if maps.Equal(before, modes) {
		return
	}
	for name, s := range v.states {
		old, was := before[name]
		if next, is := modes[name]; was != is || old != next {
			s.version = v.touch()
		}
	}
	v.touch() // also for a function without messages
}

// Modes returns the modes that the operator has set, sorted by function. It is never nil.
func (v *View) Modes() []event.Mode {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make([]event.Mode, 0, len(v.modes))
	for _, name := range slices.Sorted(maps.Keys(v.modes)) {
		out = append(out, v.modes[name])
	}
	return out
}

// SetMode returns the mode that the operator has set for a function, nil for none.
func (v *View) SetMode(name string) *event.Mode {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.setMode(name)
}

func (v *View) setMode(name string) *event.Mode {
	if one, set := v.modes[name]; set {
		return &one
	}
	return nil
}

// copyOf returns a copy of a state that can be read without the lock.
func (v *View) copyOf(s *State) State {
	out := *s
	out.Set = v.setMode(s.Name)
	return out
}

// modeNote tells where the mode of a function comes from, if not from its annotation, and
// what changes with the next decision. It is empty otherwise.
func (s *State) modeNote() string {
	d := s.last()
	overridden := d != nil && d.Annotated != ""
	switch {
	case s.Set == nil && overridden:
		return d.Annotated + " as annotated, from the next decision on"
	case s.Set == nil:
		return ""
	case s.Set.Mode == "off":
		return "set to off: no further decisions"
	case d != nil && s.Set.Mode == "active" && d.Mode == "observe" && d.Time.After(s.Set.Time):
		return "set to active, but its settings cannot be read: see the reason"
	case d == nil || d.Mode != s.Set.Mode:
		return s.Set.Mode + " from the next decision on"
	case overridden:
		return "set by the operator, annotated " + d.Annotated
	}
	return "set by the operator"
}
