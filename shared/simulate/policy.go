package simulate

import (
	"context"
	"fmt"
)

// Policy decides how many replicas of each function to keep warm.
type Policy interface {
	// Name identifies the policy and its parameters in tables.
	Name() string

	// Warm sets warm[f], for each function f, to the replicas that are ready
	// when minute h.Minute() begins. warm has length h.Functions() and is zero
	// at the call. Warm is called once for each minute in rising order from 0,
	// so a policy may carry state from minute to minute. A policy serves one run.
	Warm(warm []int32, h History)
}

// Sink receives the decisions of each minute: warm[f] replicas for function f. It
// must not keep warm, which is used again.
type Sink interface {
	Minute(m int, warm []int32) error
}

// Run calls p for each minute of w and passes the decisions to the sinks in their
// order. It ends early with the error of ctx or of a sink. It panics if p decides
// on a negative number of replicas.
func Run(ctx context.Context, w *Workload, p Policy, sinks ...Sink) error {
	warm := make([]int32, len(w.Functions))
	for m := range w.Minutes {
		if err := ctx.Err(); err != nil {
			return err
		}
		clear(warm)
		p.Warm(warm, History{w, m})
		for f, n := range warm {
			if n < 0 {
				panic(fmt.Sprintf("simulate: %s decided on %d replicas of %s", p.Name(), n, w.Functions[f].Name))
			}
		}
		for _, sink := range sinks {
			if err := sink.Minute(m, warm); err != nil {
				return fmt.Errorf("minute %d: %w", m, err)
			}
		}
	}
	return nil
}
