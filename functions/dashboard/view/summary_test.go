package view

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

func TestTheChanceOfSeveralStepsIsThatOfAnyOfThem(t *testing.T) {
	s := State{Forecast: &event.Forecast{PActive: []event.Prob{0.5, 0.5, 1}}}
	if p := s.chance(2); p == nil || *p != 0.75 {
		t.Errorf("1 - 0.5 * 0.5 is 0.75, got %v", p)
	}
	if p := s.chance(9); *p != 1 {
		t.Errorf("one of the steps is certain, got %v", *p)
	}
	if p := (&State{Forecast: &event.Forecast{NoData: "too short"}}).chance(2); p != nil {
		t.Errorf("without a forecast there is no chance, got %v", *p)
	}
}

// What remains depends on who scales: prewarm does in mode active, as long as it decides.
func TestOnlyAnActiveFunctionHasFewerColdStartsThanKeepAlive(t *testing.T) {
	for _, c := range []struct {
		story, mode string
		age         int64 // of the decision, in steps before the forecast
		prewarm     bool  // what would remain is known
		left        float64
	}{
		{"active", "active", 0, true, 0.25},
		{"the decision of this step is not there yet", "active", 1, true, 0.25},
		{"observed only", "observe", 0, true, 1.5},
		{"the scaler has stopped", "active", 4, false, 1.5},
	} {
		d := decision("a.ns", 6000-60*c.age)
		d.Mode, d.Inputs.ExpectedColdLeft = c.mode, 0.25
		s := State{Forecast: &event.Forecast{Origin: 6000, StepSeconds: 60, PActive: []event.Prob{1}, ExpectedCold: 1.5}, Decisions: []event.Decision{d}}
		got, known := s.ColdStarts()
		if !known || got.KeepAlive != 1.5 || got.Left != c.left || (got.Prewarm != nil) != c.prewarm {
			t.Errorf("%s: got %+v", c.story, got)
		}
		if alert := s.Summary(1).Alert; alert != (c.left > 1) {
			t.Errorf("%s: the alert must follow what remains, %v: got %v", c.story, c.left, alert)
		}
	}
	if _, known := (&State{Forecast: &event.Forecast{NoData: "too short"}}).ColdStarts(); known {
		t.Error("without a forecast nothing is expected")
	}
}

func TestAlertsBeginAboveTheThreshold(t *testing.T) {
	s := State{Forecast: &event.Forecast{PActive: []event.Prob{1}, ExpectedCold: 1.5}}
	if s.Summary(1.5).Alert || !s.Summary(1.4).Alert {
		t.Error("1.5 is above 1.4, and not above 1.5")
	}
}

// Unknown values must be null, so that a client can distinguish them from 0.
func TestUnknownValuesAreNullInJSON(t *testing.T) {
	s := State{Name: "a.ns"}
	for _, value := range []any{NewFunction(&s, 1), NewRow(&s, 1)} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"replicas", "wanted", "chance_5", "expected_cold", "expected_cold_left", "mode"} {
			if !strings.Contains(string(text), `"`+field+`":null`) {
				t.Errorf("%s is missing in %s", field, text)
			}
		}
		if strings.Contains(string(text), `"counts":null`) {
			t.Errorf("counts must be a list: %s", text)
		}
	}
}

func TestReplicasAreThoseThatTheGatewayReportedLast(t *testing.T) {
	d := decision("a.ns", 600)
	d.Current = 3
	s := State{Decisions: []event.Decision{d}}
	if got := s.Summary(1).Replicas; *got != 3 {
		t.Errorf("nothing was read back after the decision: got %d", *got)
	}
	s.Decisions[0].Observed = 4
	if got := s.Summary(1).Replicas; *got != 4 {
		t.Errorf("got %d", *got)
	}
}

func TestNamesAreSplitAtTheLastDot(t *testing.T) {
	for name, want := range map[string]string{"shop.ns": "shop|.ns", "a.b.ns": "a.b|.ns", "shop": "shop|"} {
		s := Summary{Function: name}
		if got := s.Short() + "|" + s.Namespace(); got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestARowIsTrimmedToWhatTheClientDoesNotHave(t *testing.T) {
	for _, c := range []struct {
		sent, now []int32
		shift     int64
		want      string
	}{
		{[]int32{1, 2, 3}, []int32{1, 2, 3, 4}, 0, "3 [4]"},
		{[]int32{1, 2, 3}, []int32{2, 3, 4}, 1, "3 [4]"},
		{[]int32{1, 2, 3}, []int32{1, 9, 3}, 0, "1 [9 3]"},
		{[]int32{1}, []int32{7, 8}, 5, "5 [7 8]"},
		{nil, []int32{7}, 0, "0 [7]"},
	} {
		row := Row{Start: c.shift * 60, StepSeconds: 60, Counts: c.now}
		row.Trim(series.Window{StepSeconds: 60, Counts: c.sent})
		if got := fmt.Sprint(row.Start/60, row.Counts); got != c.want {
			t.Errorf("%v after %v: got %s, want %s", c.now, c.sent, got, c.want)
		}
	}
}

func TestTotalsCountUnknownValuesAsZero(t *testing.T) {
	active, observe := decision("a.ns", 600), decision("b.ns", 600)
	active.Current, active.Wanted, observe.Mode = 2, 3, "observe"
	var got Totals
	for _, s := range []State{
		{Decisions: []event.Decision{active}, Forecast: &event.Forecast{ExpectedCold: 0.5, PActive: []event.Prob{0}}},
		{Decisions: []event.Decision{observe}},
		{Forecast: &event.Forecast{ExpectedCold: 2, PActive: []event.Prob{0}}},
		{Forecast: &event.Forecast{NoData: "too short"}},
		{},
	} {
		got.Add(&s)
	}
	if want := (Totals{Active: 1, Replicas: 2, Wanted: 4, Cold: 2.5, Left: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
