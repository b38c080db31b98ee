package prometheus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// answer is the documented answer to an instant query, with the field isPartial that
// VictoriaMetrics adds.
type answer struct {
	Status    string   `json:"status"`
	Error     string   `json:"error"`
	Warnings  []string `json:"warnings"`
	IsPartial bool     `json:"isPartial"`
	Data      struct {
		ResultType string `json:"resultType"`
		Result     []struct {
			Metric map[string]string `json:"metric"`
			Values samples           `json:"values"`
		} `json:"result"`
	} `json:"data"`
}

// decode decodes the answer to a range selector. An answer that is not complete is an
// error: counting it would lose calls.
func decode(body []byte) ([]Series, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	switch {
	case a.Status != "success":
		return nil, fmt.Errorf("%w: status %.20q: %.200q", ErrStatus, a.Status, a.Error)
	case a.IsPartial:
		return nil, fmt.Errorf("%w: isPartial is set", ErrPartial)
	case len(a.Warnings) > 0:
		return nil, fmt.Errorf("%w: warnings: %.200q", ErrPartial, a.Warnings)
	case a.Data.ResultType != "matrix":
		return nil, fmt.Errorf("%w: resultType must be matrix, was: %.20q", ErrMalformed, a.Data.ResultType)
	}
	all := make([]Series, len(a.Data.Result))
	for i, r := range a.Data.Result {
		all[i] = Series{Labels: r.Metric, Samples: r.Values.ordered()}
	}
	return all, nil
}

// refusal returns the error text of an answer, or the whole answer if it has none.
func refusal(body []byte) string {
	var a answer
	if err := json.Unmarshal(body, &a); err == nil && a.Error != "" {
		return a.Error
	}
	return string(body)
}

// samples decodes [[seconds, "value"], ...]. The decoder is written by hand because an
// answer has hundreds of thousands of samples, and encoding/json would allocate several
// values for each.
type samples []Sample

var errSample = errors.New(`a sample must have the form [seconds, "value"]`)

// UnmarshalJSON decodes the samples and drops values that are not finite. b is valid
// JSON, as encoding/json guarantees.
func (s *samples) UnmarshalJSON(b []byte) error {
	*s = make(samples, 0, bytes.Count(b, []byte{'['})) // one bracket per sample, and one around all
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
		if !math.IsNaN(x.V) && !math.IsInf(x.V, 0) {
			*s = append(*s, x)
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

// ordered sorts by time. Of several samples at the same time it keeps the largest, as
// the stores do when they remove duplicates. A sorted s is returned without a copy.
func (s samples) ordered() []Sample {
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
