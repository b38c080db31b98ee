package view

import (
	"cmp"
	"slices"

	"prewarm/functions/dashboard/history"
)

// Fight is a function whose replicas other controllers set back.
type Fight struct {
	Function string
	SetBacks []history.SetBack // in the last hour of steps, at least one
}

// count returns the number of set backs.
func (f Fight) count() (n int) {
	for _, b := range f.SetBacks {
		n += b.Count
	}
	return n
}

// Fights returns the functions that other controllers set back in the last hour of steps,
// those with the most set backs first.
func (v *View) Fights() []Fight {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []Fight
	for name, s := range v.states {
		if len(s.SetBacks) > 0 {
			out = append(out, Fight{name, s.SetBacks})
		}
	}
	slices.SortFunc(out, func(a, b Fight) int {
		return cmp.Or(cmp.Compare(b.count(), a.count()), cmp.Compare(a.Function, b.Function))
	})
	return out
}
