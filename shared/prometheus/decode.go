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

// answer is the documented form of an answer to an instant query, with the
// field isPartial that VictoriaMetrics adds.
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

// decode reads the answer to a range selector.
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

// refusal returns the error text of an answer, or the answer where it has none.
func refusal(body []byte) string {
	var a answer
	if err := json.Unmarshal(body, &a); err == nil && a.Error != "" {
		return a.Error
	}
	return string(body)
}

// samples decodes [[seconds, "value"], ...]. It is written by hand, since an
// answer has hundreds of thousands of them.
type samples []Sample

var errSample = errors.New(`a sample must have the form [seconds, "value"]`)

// UnmarshalJSON decodes what the json package has checked to be valid JSON.
// Values that are not finite are dropped.
func (s *samples) UnmarshalJSON(b []byte) error {
	*s = make(samples, 0, bytes.Count(b, []byte{'['}))
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

// parseSample reads one sample from the front of b and returns what follows.
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

// cut removes white space and then c from the front of b.
func cut(b []byte, c byte) ([]byte, bool) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) == 0 || b[0] != c {
		return b, false
	}
	return b[1:], true
}

// ordered sorts by time and keeps of several samples of the same time the
// largest, as the stores themselves do when they remove duplicates.
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
