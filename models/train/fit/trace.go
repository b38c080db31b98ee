package fit

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/trace"
)

// FromTrace returns the functions of t that are called at least once, as tasks.
func FromTrace(t *trace.Trace) []Task {
	var tasks []Task
	for _, f := range t.Functions {
		// A function that is never called has no gap to learn from, and would be
		// drawn as often as the others.
		if f.Calls() == 0 {
			continue
		}
		tasks = append(tasks, Task{
			Owner: OwnerOf(t.Layout, f), Name: string(t.Layout) + "/" + f.Name,
			Phase: t.Start % feature.PhaseSteps, Counts: f.Counts,
		})
	}
	return tasks
}

// OwnerOf returns the owner by which a function of a trace is put into a group:
// its user, or the function itself if the user is not known.
func OwnerOf(layout trace.Layout, f trace.Function) string {
	// The layout is part of the owner: equal names in two traces are different
	// users.
	owner := f.Owner
	if owner == "" {
		owner = f.Name
	}
	return string(layout) + "/" + owner
}
