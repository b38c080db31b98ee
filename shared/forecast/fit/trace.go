package fit

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/trace"
)

// FromTrace returns the functions of t that are called at least once. The
// owner of a function whose user is unknown is the function itself.
func FromTrace(t *trace.Trace) []Task {
	var tasks []Task
	for _, f := range t.Functions {
		if f.Calls() == 0 {
			continue
		}
		owner := f.Owner
		if owner == "" {
			owner = f.Name
		}
		tasks = append(tasks, Task{
			Owner: string(t.Layout) + "/" + owner, Name: string(t.Layout) + "/" + f.Name,
			Phase: t.Start % feature.PhaseSteps, Counts: f.Counts,
		})
	}
	return tasks
}
