package event_test

import (
	"math"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Below the bound, a load in replicas would be larger than a message can hold.
func TestTheConcurrencyOfAWindowIsBounded(t *testing.T) {
	for concurrency, valid := range map[float64]bool{
		5e-324: false, 0.0099: false, event.MinConcurrency: true, event.MaxConcurrency: true, 1e7: false, 0: false, math.NaN(): false,
	} {
		w := event.FunctionWindow{Function: "a.fn", Concurrency: concurrency, Window: series.Window{StepSeconds: 60, Counts: []int32{1}}}
		err := (&event.Windows{Windows: []event.FunctionWindow{w}}).Validate()
		if (err == nil) != valid || err != nil && !strings.Contains(err.Error(), "windows[0].concurrency must be between 0.01 and 1e6") {
			t.Errorf("concurrency %v: got %v", concurrency, err)
		}
	}
}

// Whoever follows a decision, or adds decisions up, meets no number that cannot be.
func TestTheReplicasOfADecisionAreBounded(t *testing.T) {
	for field, spoil := range map[string]func(*event.Decision){
		"current must be between 0":   func(d *event.Decision) { d.Current = -1 },
		"available must be between 0": func(d *event.Decision) { d.Available = math.MinInt64 },
		"wanted must be between 0":    func(d *event.Decision) { d.Wanted = math.MaxInt64 },
		"applied must be between -1":  func(d *event.Decision) { d.Applied = -2 },
		"observed must be between -1": func(d *event.Decision) { d.Observed = math.MaxInt32 + 1 },
	} {
		one := event.Decision{Function: "a.fn", Applied: -1, Observed: -1}
		spoil(&one)
		err := (&event.Decisions{Decisions: []event.Decision{one}}).Validate()
		if err == nil || !strings.Contains(err.Error(), "decisions[0]."+field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

// A decision between two steps only adds: a message that lowers by it is not from the scaler.
func TestADecisionBetweenTwoStepsLowersNothing(t *testing.T) {
	for text, d := range map[string]event.Decision{
		"":                       {Trigger: event.TriggerWatch, Current: 2, Wanted: 3, Applied: 3},
		"trigger must be":        {Trigger: "other"},
		"wanted and applied of":  {Trigger: event.TriggerWatch, Current: 2, Wanted: 1, Applied: -1},
		"current (2), were: 3 a": {Trigger: event.TriggerWatch, Current: 2, Wanted: 3, Applied: 1},
	} {
		d.Function, d.Observed = "a.fn", -1
		err := (&event.Decisions{Decisions: []event.Decision{d}}).Validate()
		if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: got %v, want %q", d, err, text)
		}
	}
}
