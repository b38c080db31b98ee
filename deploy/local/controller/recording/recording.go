// Package recording evaluates recording rules of Prometheus, such as those that the chart of
// OpenFaaS takes under prometheus.recordingRules. The autoscaler follows the rules with the
// name job:function_current_load:sum.
//
// VictoriaMetrics evaluates no rules itself: its vmalert does, another program that would have
// to be built and kept running. Here a query is sent in each period, and its result is written
// back.
//
// A rule is evaluated as it stands: its durations and rates are on the clock, while the period
// is of the trace. A rule on gauges, such as that of prewarm, is the same in both.
//
// Source: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"
)

// Rule is one recording rule.
type Rule struct {
	Record string            `yaml:"record"` // name of the new series
	Expr   string            `yaml:"expr"`   // query
	Labels map[string]string `yaml:"labels"` // that the series have beside those of the query
}

// Read reads the rules under prometheus.recordingRules of a file with values for the chart of
// OpenFaaS. Other values are left out.
func Read(path string) ([]Rule, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rules, err := parse(body)
	if err != nil {
		return nil, fmt.Errorf("%s: prometheus.recordingRules %w", path, err)
	}
	return rules, nil
}

// parse reads and checks the rules.
func parse(body []byte) ([]Rule, error) {
	var values struct {
		Prometheus struct {
			Rules yaml.Node `yaml:"recordingRules"`
		} `yaml:"prometheus"`
	}
	if err := yaml.Unmarshal(body, &values); err != nil {
		return nil, err
	}
	// Unknown keys are refused within the rules only, where they are misspellings.
	text, err := yaml.Marshal(&values.Prometheus.Rules)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var rules []Rule
	if err := decoder.Decode(&rules); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(rules) == 0 {
		return nil, errors.New("must have at least one rule")
	}
	for i, r := range rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return rules, nil
}

var (
	nameExp  = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	labelExp = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
)

// check names the first field that is not valid.
func (r Rule) check() error {
	if !nameExp.MatchString(r.Record) {
		return fmt.Errorf("record must be the name of a metric, was: %.80q", r.Record)
	}
	if strings.TrimSpace(r.Expr) == "" {
		return errors.New("expr must be a query, was empty")
	}
	for name := range r.Labels {
		if !labelExp.MatchString(name) {
			return fmt.Errorf("labels must have names of letters, digits and _, was: %.80q", name)
		}
	}
	return nil
}

// Store answers queries and takes samples in the text format of Prometheus.
type Store interface {
	Query(ctx context.Context, query string) (model.Vector, error)
	Import(ctx context.Context, samples string) error
}

// Evaluator evaluates rules in the loop of the controllers.
type Evaluator struct {
	Rules []Rule
	Store Store
	Now   func() time.Time // on the clock, which is the time of samples
}

// Name implements controller.Controller.
func (e *Evaluator) Name() string { return "recording rules" }

// Period implements controller.Controller. It is the evaluation_interval of the chart.
func (e *Evaluator) Period() time.Duration { return 15 * time.Second }

// Sync evaluates each rule once. An error of one rule does not keep it from the others.
func (e *Evaluator) Sync(ctx context.Context, _ time.Time) error {
	var failures []error
	for _, r := range e.Rules {
		result, err := e.Store.Query(ctx, r.Expr)
		if err == nil && len(result) > 0 {
			err = e.Store.Import(ctx, r.samples(result, e.Now()))
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", r.Record, err))
		}
	}
	return errors.Join(failures...)
}

// samples writes the results of a rule, one line each:
//
//	job:function_current_load:sum{function_name="hello.fn",scaling_type="prewarm"} 3 1800000000000
func (r Rule) samples(result model.Vector, now time.Time) string {
	var b strings.Builder
	for _, s := range result {
		labels := map[string]string{}
		for name, value := range s.Metric {
			if name != model.MetricNameLabel {
				labels[string(name)] = string(value)
			}
		}
		maps.Copy(labels, r.Labels)
		b.WriteString(r.Record + "{")
		for i, name := range slices.Sorted(maps.Keys(labels)) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(name + `="` + escaper.Replace(labels[name]) + `"`)
		}
		fmt.Fprintf(&b, "} %v %d\n", s.Value, now.UnixMilli())
	}
	return b.String()
}

// escaper writes a label value as the text format has it.
var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
