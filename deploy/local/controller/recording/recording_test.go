package recording

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"prewarm/deploy/replay/scrape"
)

// documented is the example of docs.openfaas.com, "Auto-scaling your functions", section
// "Custom autoscaling rules", with another value of the chart.
const documented = `
openfaasPro: true
prometheus:
  recordingRules:
    - record: job:function_current_load:sum
      expr: |
        sum by (function_name) (rate(gateway_functions_seconds_sum{}[30s])) / sum by (function_name)  (rate( gateway_functions_seconds_count{}[30s]))
        and on (function_name) avg by(function_name) (gateway_service_target_load{scaling_type="latency"}) > bool 1
      labels:
        scaling_type: latency
`

func TestTheDocumentedRuleIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "values-pro.yaml")
	if err := os.WriteFile(path, []byte(documented), 0o600); err != nil {
		t.Fatal(err)
	}
	rules, err := Read(path)
	if err != nil || len(rules) != 1 || rules[0].Record != "job:function_current_load:sum" || rules[0].Labels["scaling_type"] != "latency" ||
		!strings.Contains(rules[0].Expr, "gateway_functions_seconds_sum") {
		t.Errorf("got %+v, %v", rules, err)
	}
}

func TestAWrongRuleIsRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		"prometheus: {}": "must have at least one rule",
		"prometheus: {recordingRules: [{record: 'a b', expr: x}]}":                 "[0]: record must be the name",
		"prometheus: {recordingRules: [{record: a, expr: x}, {record: b}]}":        "[1]: expr must be a query",
		"prometheus: {recordingRules: [{record: a, exp: x}]}":                      "field exp not found",
		"prometheus: {recordingRules: [{record: a, expr: x, labels: {'a-b': c}}]}": "labels must have names",
		"prometheus: [": "yaml",
	} {
		if _, err := parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if _, err := Read("missing.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(documented))
	f.Add([]byte("prometheus: {recordingRules: [{record: a, expr: x, labels: {b: c}}]}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		rules, err := parse(body)
		if err != nil {
			return
		}
		for _, r := range rules {
			line := r.samples(model.Vector{{Metric: model.Metric{"function_name": "a\\\"\n"}, Value: 1}}, time.Unix(1, 0))
			if _, err := scrape.Parse(strings.NewReader(line)); err != nil {
				t.Errorf("%+v became %q: %v", r, line, err)
			}
		}
	})
}

// store answers queries and keeps what is written.
type store struct {
	answers map[string]model.Vector
	written []string
}

func (s *store) Query(_ context.Context, query string) (model.Vector, error) {
	v, ok := s.answers[query]
	if !ok {
		return nil, errors.New("bad query")
	}
	return v, nil
}

func (s *store) Import(_ context.Context, samples string) error {
	s.written = append(s.written, samples)
	return nil
}

func TestResultsAreWrittenBackUnderTheNameOfTheRule(t *testing.T) {
	s := &store{answers: map[string]model.Vector{
		"wanted": {
			{Metric: model.Metric{"__name__": "prewarm_wanted_replicas", "function_name": "a.fn"}, Value: 3},
			{Metric: model.Metric{"function_name": `"\`, "scaling_type": "of the query"}, Value: 0.5},
		},
		"none": {},
	}}
	e := &Evaluator{
		Rules: []Rule{
			{Record: "broken", Expr: "("},
			{Record: "job:function_current_load:sum", Expr: "wanted", Labels: map[string]string{"scaling_type": "prewarm"}},
			{Record: "empty", Expr: "none"},
		},
		Store: s, Now: func() time.Time { return time.UnixMilli(1_800_000_000_123) },
	}
	if err := e.Sync(t.Context(), time.Time{}); err == nil || err.Error() != "broken: bad query" {
		t.Errorf("got %v", err)
	}
	want := `job:function_current_load:sum{function_name="a.fn",scaling_type="prewarm"} 3 1800000000123
job:function_current_load:sum{function_name="\"\\",scaling_type="prewarm"} 0.5 1800000000123
`
	if len(s.written) != 1 || s.written[0] != want {
		t.Errorf("wrote %q, want %q", s.written, want)
	}
}
