package prometheus_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	prom "prewarm/shared/prometheus"
)

// reference is an answer as encoding/json reads it at once. Maps have the keys in their
// letter case, and the last of several.
type reference struct {
	Status    string   `json:"status"`
	Warnings  []string `json:"warnings"`
	IsPartial bool     `json:"isPartial"`
	Data      struct {
		ResultType string `json:"resultType"`
		Result     []struct {
			Metric map[string]string   `json:"metric"`
			Values [][]json.RawMessage `json:"values"`
		} `json:"result"`
	} `json:"data"`
}

// readReference returns the series of an answer in the plain way.
func readReference(body []byte) ([]prom.Series, error) {
	var a reference
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	if a.Status != "success" || a.IsPartial || len(a.Warnings) > 0 || a.Data.ResultType != "matrix" {
		return nil, errors.New("not a complete answer")
	}
	var all []prom.Series
	for _, r := range a.Data.Result {
		s := prom.Series{Labels: r.Metric}
		for _, v := range r.Values {
			x, err := readSample(v)
			if err != nil {
				return nil, err
			}
			if !math.IsNaN(x.V) && !math.IsInf(x.V, 0) {
				s.Samples = append(s.Samples, x)
			}
		}
		if len(s.Samples) > 0 {
			slices.SortFunc(s.Samples, func(a, b prom.Sample) int { return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(b.V, a.V)) })
			s.Samples = slices.CompactFunc(s.Samples, func(a, b prom.Sample) bool { return a.T == b.T })
			all = append(all, s)
		}
	}
	return all, nil
}

func readSample(v []json.RawMessage) (x prom.Sample, err error) {
	if len(v) != 2 {
		return x, errors.New("not a pair")
	}
	var t *float64
	var text *string
	if err := errors.Join(json.Unmarshal(v[0], &t), json.Unmarshal(v[1], &text)); err != nil {
		return x, err
	}
	if t == nil || text == nil || math.Abs(*t) >= 1e12 {
		return x, errors.New("not a sample")
	}
	x.T = int64(math.Round(*t * 1000))
	x.V, err = strconv.ParseFloat(*text, 64)
	return x, err
}

var answers = []string{
	matrix(`{"metric":{"f":"a"},"values":[[1001,"1"],[1002.5,"NaN"]]}`),
	matrix(`{"metric":{},"values":[[0,"0"],[0.1,"-1e3"],[999999999999.999,"12345678901234567890"],[1795285013.123,"12345.678901"]]},{"metric":{"a":"b","c":"d"},"values":[]}`),
	matrix(`{"values":[[1001e0,"1"] , [-1.5,"2"]],"metric":{"f":"\u00e4\\","":"a\"b"}},{"metric":{"f":"\ud800"},"values":[[7,"0x1p3"]]}`),
	matrix(`{"metric":{"f":"ä","f":"b"},"values":[[01,"1"]]},{"metric":{"f":"}]\\"},"values":[[1.0005,"1"],[1,"+Inf"],[1,"1_0"]]}`),
	`{"data":{"result":[{"metric":{"a":"b"},"metric":{"c":"d"},"values":[[1,"1"]],"Values":[[2,"2"]]}],"resultType":"matrix"},"stats":{"a":[1]},"status":"success"}`,
	`{"status":"success","isPartial":false,"data":{"resultType":"matrix","result":null},"warnings":[]} `,
	`{"status":"error","error":"x"}`,
}

// slowly returns a few bytes at a time, so that values are cut in all places.
type slowly struct{ io.Reader }

func (s slowly) Read(p []byte) (int, error) { return s.Reader.Read(p[:min(len(p), 3)]) }

// FuzzDecode decodes whatever a store may answer. What is accepted has the series and
// samples that encoding/json reads, whether it arrives at once or in pieces.
func FuzzDecode(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := prom.Decode(body)
		if pieces, again := decodeFrom(slowly{strings.NewReader(string(body))}); !reflect.DeepEqual(got, pieces) || (err == nil) != (again == nil) {
			t.Errorf("at once %v, %v, in pieces %v, %v", got, err, pieces, again)
		}
		want, refused := readReference(body)
		if err == nil && (refused != nil || !sameSeries(got, want)) {
			t.Errorf("got %v, want %v, %v", got, want, refused)
		}
	})
}

func decodeFrom(r io.Reader) (all []prom.Series, err error) {
	err = prom.EachIn(r, func(s prom.Series) error {
		all = append(all, s)
		return nil
	})
	return all, err
}

// FuzzDecodeSeries decodes answers that differ in one series only. What encoding/json
// accepts, is accepted.
func FuzzDecodeSeries(f *testing.F) {
	f.Add(`{"metric":{"f":"a"},"values":[[1001,"1"],[1002.5,"NaN"]]}`)
	f.Add(`{"metric":{"a":"b","c":""},"values":[[0.1,"-1e3"],[123456789012.345,"1"]]}`)
	f.Add(`{"metric":{"a":"\u0041}"},"values":[[0.1,"7"]],"x":[{"y":"]"}]}`)
	f.Add(`{"metric":{},"values":[]},{"metric":null,"values":[[1,"2"]]}`)
	f.Fuzz(func(t *testing.T, series string) {
		got, err := prom.Decode([]byte(matrix(series)))
		want, refused := readReference([]byte(matrix(series)))
		// The values of samples have no escapes; encoding/json would resolve them.
		if refused == nil && err != nil && !strings.Contains(series, `\`) && !strings.Contains(series, "null") {
			t.Errorf("refused %v, want %v", err, want)
		}
		if err == nil && (refused != nil || !sameSeries(got, want)) {
			t.Errorf("got %v, want %v, %v", got, want, refused)
		}
	})
}

func sameSeries(a, b []prom.Series) bool {
	return slices.EqualFunc(a, b, func(a, b prom.Series) bool {
		return (len(a.Labels) == 0 && len(b.Labels) == 0 || reflect.DeepEqual(a.Labels, b.Labels)) && slices.Equal(a.Samples, b.Samples)
	})
}
