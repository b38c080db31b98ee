package series

import (
	"fmt"
	"slices"
)

// Span is the half-open range of steps [Span[0], Span[1]), as indexes into a window.
type Span [2]int

// Spans returns the runs of steps for which mark is true, in their order.
func Spans(steps int, mark func(i int) bool) []Span {
	var out []Span
	for i := range steps {
		switch last := len(out) - 1; {
		case !mark(i):
		case last >= 0 && out[last][1] == i:
			out[last][1]++
		default:
			out = append(out, Span{i, i + 1})
		}
	}
	return out
}

// SpansOf returns the runs of steps whose value is v, in their order. Unlike Spans, it needs no
// call per step.
func SpansOf[T comparable](values []T, v T) []Span {
	var out []Span
	for at := 0; ; {
		n := slices.Index(values[at:], v)
		if n < 0 {
			return out
		}
		from := at + n
		for at = from + 1; at < len(values) && values[at] == v; at++ {
		}
		out = append(out, Span{from, at})
	}
}

// Within reports whether step i lies in one of the spans.
func Within(spans []Span, i int) bool {
	for _, s := range spans {
		if s[0] <= i && i < s[1] {
			return true
		}
	}
	return false
}

// ShiftSpans returns the parts of the spans from step cut on, with indexes relative to
// it.
func ShiftSpans(spans []Span, cut int) []Span {
	var out []Span
	for _, s := range spans {
		if s[1] > cut {
			out = append(out, Span{max(0, s[0]-cut), s[1] - cut})
		}
	}
	return out
}

// CheckSpans returns an error if a span is empty or not within the given number of steps, or
// if the spans are not ascending with a step between them. field is their name in the error.
func CheckSpans(field string, spans []Span, steps int) error {
	least := 0
	for i, s := range spans {
		if s[0] < least || s[1] <= s[0] || s[1] > steps {
			return fmt.Errorf("%s[%d] must be a range of steps within %d to %d, was: [%d,%d]", field, i, least, steps, s[0], s[1])
		}
		least = s[1] + 1
	}
	return nil
}
