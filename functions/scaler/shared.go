package scaler

import (
	"context"
	"sync/atomic"
)

// shared runs an action for one batch at a time. Batches that come meanwhile wait, and share the
// result of the next run: it begins after they came.
type shared struct {
	begun atomic.Uint64 // runs that have begun

	turn slots  // to run: one
	done uint64 // number of the last run whose result is shared
	err  error  // of that
}

// newShared returns a shared action that has not run.
func newShared() shared { return shared{turn: make(slots, 1)} }

// do runs the action, or shares a run that began after the call. run reports whether others may
// share its result.
func (s *shared) do(ctx context.Context, run func() (share bool, err error)) error {
	before := s.begun.Load()
	return s.turn.do(ctx, func() error {
		if s.done > before {
			return s.err
		}
		number := s.begun.Add(1)
		share, err := run()
		if share {
			s.done, s.err = number, err
		}
		return err
	})
}
