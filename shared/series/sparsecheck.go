package series

import "fmt"

// check checks that the lists of s fit together: a hostile one reads or writes out of bounds
// otherwise.
func (s *Sparse) check() error {
	if s.Steps < 1 || s.Steps > MaxSteps {
		return fmt.Errorf("steps must be between 1 and %d, was: %d", MaxSteps, s.Steps)
	}
	if err := CheckSpans("unknown", s.Unknown, s.Steps); err != nil {
		return err
	}
	if err := CheckSpans("measured", s.Measured, s.Steps); err != nil {
		return err
	}
	if err := s.checkCounts(); err != nil {
		return err
	}
	if err := s.checkLengths(); err != nil {
		return err
	}
	return s.checkListed()
}

// checkCounts checks that counts cover each step once.
func (s *Sparse) checkCounts() error {
	left := s.Steps
	for i, c := range s.Counts {
		steps := max(1, -int(c))
		if steps > left {
			return fmt.Errorf("counts[%d] must not be beyond the last of %d steps, was: %d, with %d steps left", i, s.Steps, c, left)
		}
		left -= steps
	}
	if left > 0 {
		return fmt.Errorf("counts must cover all %d steps, covered: %d", s.Steps, s.Steps-left)
	}
	return nil
}

// checkLengths checks that each list has a value for each listed step, or none.
func (s *Sparse) checkLengths() error {
	steps := 0
	for range s.listed {
		steps++
	}
	for _, list := range []struct {
		name   string
		length int
	}{{"errors", len(s.Errors)}, {"busy_seconds", len(s.BusySeconds)}, {"running", len(s.Running)}} {
		if list.length != 0 && list.length != steps {
			return fmt.Errorf("%s must have a value for each of the %d listed steps, had: %d", list.name, steps, list.length)
		}
	}
	return nil
}

// checkListed checks that no listed step has a value that was not measured.
func (s *Sparse) checkListed() error {
	unknown, measured := s.Unknown, s.Measured
	for l := range s.listed {
		unknown, measured = from(unknown, l.step), from(measured, l.step)
		if c := s.Counts[l.at]; c != 0 && begun(unknown, l.step) {
			return fmt.Errorf("counts[%d] must be 0 in step %d, which is unknown, was: %d", l.at, l.step, c)
		}
		if len(s.Running) > 0 && s.Running[l.index] != 0 && !begun(measured, l.step) {
			return fmt.Errorf("running[%d] must be 0 in step %d, which measured does not name, was: %v", l.index, l.step, s.Running[l.index])
		}
	}
	return nil
}

// from returns the spans that end after step.
func from(spans []Span, step int) []Span {
	for len(spans) > 0 && spans[0][1] <= step {
		spans = spans[1:]
	}
	return spans
}

// begun reports whether the first span begins at step or before.
func begun(spans []Span, step int) bool { return len(spans) > 0 && spans[0][0] <= step }
