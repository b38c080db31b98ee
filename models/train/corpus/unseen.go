package corpus

import (
	"slices"

	"prewarm/models/train/fit"
	"prewarm/shared/trace"
)

// Untrained reports whether a function of a trace was not used to train the embedded
// model: the whole trace was not, or the function's owner is in the test split.
func Untrained(layout trace.Layout, f trace.Function) bool {
	return !slices.Contains(Folders(), string(layout)) || fit.GroupOf(fit.OwnerOf(layout, f)) == fit.TestGroup
}

// Unseen returns t with its untrained functions alone.
func Unseen(t *trace.Trace) *trace.Trace {
	unseen := *t
	unseen.Functions = nil
	for _, f := range t.Functions {
		if Untrained(t.Layout, f) {
			unseen.Functions = append(unseen.Functions, f)
		}
	}
	return &unseen
}
