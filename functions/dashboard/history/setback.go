package history

import "slices"

// SetBack counts how often one controller undid what prewarm had applied, and what that
// cost.
type SetBack struct {
	By    string `json:"by"`
	Count int    `json:"count"`
	// Cold is the cold starts of the steps that began with replicas set back, as far as
	// their needs have settled.
	Cold int `json:"cold_starts"`
}

// maxControllers bounds the names of controllers that are kept of a function. Later ones
// are counted as the last.
const maxControllers = 16

// controller returns the index of a controller, from 1.
func (h *History) controller(name string) int16 {
	at := slices.Index(h.controllers, name)
	if at < 0 && len(h.controllers) < maxControllers {
		h.controllers = append(h.controllers, name)
	}
	if at < 0 {
		at = len(h.controllers) - 1
	}
	return int16(at + 1)
}

// SetBacks returns the set backs that the decisions of the last steps found, by controller
// in the order of their first. It is nil if there are none.
func (h *History) SetBacks(steps int) []SetBack {
	if len(h.controllers) == 0 {
		return nil
	}
	all := make([]SetBack, len(h.controllers))
	entries := h.entries()
	entries = entries[max(0, len(entries)-steps):]
	for i := range entries {
		e := &entries[i]
		if e.get(setBack) == 0 {
			continue
		}
		one := &all[e.get(setBack)-1]
		one.By = h.controllers[e.get(setBack)-1]
		one.Count++
		one.Cold += max(0, int(e.cold()))
	}
	return slices.DeleteFunc(all, func(s SetBack) bool { return s.Count == 0 })
}
