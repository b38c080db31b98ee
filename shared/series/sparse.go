package series

import "fmt"

// Sparse is a window as it travels: its length follows from the active steps, not from the
// length of history. Dense restores the window.
//
// Counts lists the steps of the window in their order. A number of at least 0 is the calls of
// a listed step. A number -n stands for n steps in which every value is zero or unknown. The
// other lists have one value for each listed step, or are empty if all of these are zero.
//
// Each message has the whole window: a step costs bytes only if it is active. Sending new
// steps alone would save them for busy functions, but needs a reader that keeps all windows,
// and asks for them after a lost message or a restart. Bytes of one function in a message, for
// days of the Azure trace of 2019, and in brackets after the compression of the streams:
//
//	active steps    dense           sparse          new steps alone
//	0 or 1           5,912 (64)        190 (45)     154 (26)
//	1 %              5,990 (287)       369 (167)    161 (35)
//	10 %             6,584 (1,249)   1,686 (903)    186 (63)
//	all             15,281 (9,462)  15,303 (9,435)  213 (67)
//
// To seal and open it takes 1/30 of the processor time of the dense form for a function without
// calls, 1/20 for one of 1 %, 1/4 for one of 10 %, and as much for one with calls in all steps
// (go test ./shared/event -run none -bench Forms).
type Sparse struct {
	Steps       int       `json:"steps"`                  // of the window, 1 to MaxSteps
	Unknown     []Span    `json:"unknown,omitempty"`      // unknown steps, whose calls are listed as 0 or not at all
	Counts      []int32   `json:"counts"`                 // calls started in a listed step, or -n
	Errors      []int32   `json:"errors,omitempty"`       // as in Window
	BusySeconds []float32 `json:"busy_seconds,omitempty"` // as in Window
	Measured    []Span    `json:"measured,omitempty"`     // steps whose calls in progress were measured
	Running     []float32 `json:"running,omitempty"`      // as in Window, 0 if it was not measured
}

// Sparse returns the values of w in the sparse form. StepSeconds, Start, Spread and AtLeast
// are not part of it. w must be valid.
func (w Window) Sparse() *Sparse {
	s := &Sparse{
		Steps:    len(w.Counts),
		Unknown:  SpansOf(w.Counts, NoData),
		Measured: Spans(len(w.Running), func(i int) bool { return w.Running[i] != NotMeasured }),
	}
	idle := int32(0)
	for i, c := range w.Counts {
		if c <= 0 && w.idle(i) {
			idle++
			continue
		}
		if idle > 0 {
			s.Counts, idle = append(s.Counts, -idle), 0
		}
		s.Counts = append(s.Counts, max(0, c))
		s.Errors, s.BusySeconds = append(s.Errors, at(w.Errors, i)), append(s.BusySeconds, at(w.BusySeconds, i))
		s.Running = append(s.Running, max(0, at(w.Running, i)))
	}
	if idle > 0 {
		s.Counts = append(s.Counts, -idle)
	}
	s.Errors, s.BusySeconds, s.Running = UnlessZero(s.Errors), UnlessZero(s.BusySeconds), UnlessZero(s.Running)
	return s
}

// idle reports whether all values of step i but its calls are zero or unknown.
func (w *Window) idle(i int) bool {
	return (len(w.Errors) == 0 || w.Errors[i] == 0) && (len(w.BusySeconds) == 0 || w.BusySeconds[i] == 0) &&
		(len(w.Running) == 0 || w.Running[i] <= 0)
}

// at returns s[i], 0 if s is empty.
func at[T int32 | float32](s []T, i int) T {
	if len(s) == 0 {
		return 0
	}
	return s[i]
}

// UnlessZero returns s, or nil if all its values are 0, as Window has it.
func UnlessZero[T int32 | float32](s []T) []T {
	for _, v := range s {
		if v != 0 {
			return s
		}
	}
	return nil
}

// Dense sets the values of w to those of s. The error wraps ErrWindow and names the field of
// s, its bound and its value; w is unchanged then. Nothing is allocated before s is checked,
// so that few bytes cannot ask for much memory. The values themselves are left to
// Window.Validate.
func (s *Sparse) Dense(w *Window) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("%w: sparse.%w", ErrWindow, err)
	}
	w.Counts, w.Errors, w.BusySeconds, w.Running = make([]int32, s.Steps), room(s.Errors, s.Steps), room(s.BusySeconds, s.Steps), s.measured()
	for l := range s.listed {
		w.Counts[l.step] = s.Counts[l.at]
		put(w.Errors, l, s.Errors)
		put(w.BusySeconds, l, s.BusySeconds)
		if len(w.Running) > 0 && w.Running[l.step] != NotMeasured {
			put(w.Running, l, s.Running)
		}
	}
	for _, span := range s.Unknown {
		for i := span[0]; i < span[1]; i++ {
			w.Counts[i] = NoData
		}
	}
	return nil
}

// room returns a list for the steps of a window, nil if there is nothing to put into it.
func room[T int32 | float32](listed []T, steps int) []T {
	if len(listed) == 0 {
		return nil
	}
	return make([]T, steps)
}

// put sets the step of l in dst to its value in listed, if that is not empty.
func put[T int32 | float32](dst []T, l listed, values []T) {
	if len(values) > 0 {
		dst[l.step] = values[l.index]
	}
}

// measured returns calls in progress of 0 in the steps in which they were measured, and
// NotMeasured in the others; nil if that is all of them.
func (s *Sparse) measured() []float32 {
	if len(s.Measured) == 0 {
		return nil
	}
	running := make([]float32, s.Steps)
	for i := range running {
		running[i] = NotMeasured
	}
	for _, span := range s.Measured {
		clear(running[span[0]:span[1]])
	}
	return running
}

// listed is one listed step: step of the window, at of Counts, index of the other lists.
type listed struct{ step, at, index int }

// listed yields the listed steps in their order.
func (s *Sparse) listed(yield func(listed) bool) {
	l := listed{}
	for i, c := range s.Counts {
		if c < 0 {
			l.step -= int(c)
			continue
		}
		l.at = i
		if !yield(l) {
			return
		}
		l.step, l.index = l.step+1, l.index+1
	}
}
