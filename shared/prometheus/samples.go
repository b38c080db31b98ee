package prometheus

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
)

// samples decodes [[seconds, "value"], ...]. The decoder is written by hand because an
// answer has millions of samples, and encoding/json would allocate several values for
// each.
type samples struct {
	all    []Sample
	lo, hi int64 // Unix ms; samples outside (lo, hi] are dropped
}

var errSample = errors.New(`a sample must have the form [seconds, "value"]`)

// UnmarshalJSON decodes the samples and drops those outside the range, and those that
// are not finite. b is valid JSON, as encoding/json guarantees.
func (s *samples) UnmarshalJSON(b []byte) error {
	s.all = s.all[:0]
	rest, ok := cut(b, '[')
	if !ok {
		return errSample
	}
	if _, empty := cut(rest, ']'); empty {
		return nil
	}
	for {
		var x Sample
		if x, rest, ok = parseSample(rest); !ok {
			return errSample
		}
		if x.T > s.lo && x.T <= s.hi && !math.IsNaN(x.V) && !math.IsInf(x.V, 0) {
			s.all = append(s.all, x)
		}
		if rest, ok = cut(rest, ','); !ok {
			return nil
		}
	}
}

// parseSample parses one sample at the front of b and returns the rest. Times are below
// 1e12 seconds, so that milliseconds are exact.
func parseSample(b []byte) (x Sample, rest []byte, ok bool) {
	if b, ok = cut(b, '['); !ok {
		return x, nil, false
	}
	comma := bytes.IndexByte(b, ',')
	if comma < 0 {
		return x, nil, false
	}
	t, err := strconv.ParseFloat(string(bytes.TrimSpace(b[:comma])), 64)
	if err != nil || !(math.Abs(t) < 1e12) {
		return x, nil, false
	}
	if b, ok = cut(b[comma+1:], '"'); !ok {
		return x, nil, false
	}
	quote := bytes.IndexByte(b, '"')
	if quote < 0 {
		return x, nil, false
	}
	v, err := strconv.ParseFloat(string(b[:quote]), 64)
	if err != nil {
		return x, nil, false
	}
	rest, ok = cut(b[quote+1:], ']')
	return Sample{T: int64(math.Round(t * 1000)), V: v}, rest, ok
}

// cut removes white space and then c from the front of b. ok is false if c is not there.
func cut(b []byte, c byte) (rest []byte, ok bool) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) == 0 || b[0] != c {
		return b, false
	}
	return b[1:], true
}

// ordered sorts by time, in place. Of several samples at the same time it keeps the
// largest, as the stores do when they remove duplicates.
func ordered(s []Sample) []Sample {
	rising := true
	for i := 1; i < len(s) && rising; i++ {
		rising = s[i-1].T < s[i].T
	}
	if rising {
		return s
	}
	slices.SortFunc(s, func(a, b Sample) int { return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(b.V, a.V)) })
	return slices.CompactFunc(s, func(a, b Sample) bool { return a.T == b.T })
}
