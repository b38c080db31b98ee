package event

import (
	"encoding/json"
	"fmt"

	"prewarm/shared/series"
)

// compact is a payload that is sealed in another form than its own: one that is as long as
// what happened, not as long as history. Its UnmarshalJSON reads both forms.
type compact interface{ compact() any }

// sealedForm returns what is encoded of a payload in a message.
func sealedForm(payload Payload) any {
	if c, ok := payload.(compact); ok {
		return c.compact()
	}
	return payload
}

// sparseWindows is Windows as it is sealed.
type sparseWindows struct {
	Windows []sparseWindow `json:"windows"`
}

// sparseWindow is a FunctionWindow with its lists in Sparse, or in the dense form of users and
// of earlier versions. Counts stands before that of the embedded window, so that it can be
// left out.
type sparseWindow struct {
	FunctionWindow
	Counts []int32        `json:"counts,omitempty"`
	Sparse *series.Sparse `json:"sparse,omitempty"`
}

func (w *Windows) compact() any {
	out := sparseWindows{make([]sparseWindow, len(w.Windows))}
	for i, one := range w.Windows {
		out.Windows[i] = sparseWindow{FunctionWindow: one, Sparse: one.Sparse()}
		out.Windows[i].Errors, out.Windows[i].BusySeconds, out.Windows[i].Running = nil, nil, nil
	}
	return out
}

// UnmarshalJSON reads the sparse form and the dense one.
func (w *Windows) UnmarshalJSON(text []byte) error {
	var in sparseWindows
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	// Before the windows take the memory of their dense form.
	if len(in.Windows) > MaxBatch {
		return checkLength("windows", len(in.Windows))
	}
	w.Windows = make([]FunctionWindow, len(in.Windows))
	for i := range in.Windows {
		dense, err := in.Windows[i].dense()
		if err != nil {
			return fmt.Errorf("windows[%d].%w", i, err)
		}
		w.Windows[i] = dense
	}
	return nil
}

// dense returns the window with its lists.
func (s *sparseWindow) dense() (FunctionWindow, error) {
	out := s.FunctionWindow
	out.Counts = s.Counts
	if s.Sparse == nil {
		return out, nil
	}
	if len(s.Counts)+len(s.Errors)+len(s.BusySeconds)+len(s.Running) > 0 {
		return out, fmt.Errorf("%w: sparse must stand alone, had beside it counts (%d), errors (%d), busy_seconds (%d) or running (%d)",
			series.ErrWindow, len(s.Counts), len(s.Errors), len(s.BusySeconds), len(s.Running))
	}
	err := s.Sparse.Dense(&out.Window)
	return out, err
}
