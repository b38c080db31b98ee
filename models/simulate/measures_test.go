package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/simulate/measure"
	"prewarm/shared/testbed"
)

// The JSON file has the measures, and null where keep-alive-10 has nothing to compare with.
func TestMeasuresAreInTheJSONFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	simulated(t, "-trace", writeTrace(t, 300), "-policy", "keepalive-5", "-json", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Memory memory
		Scores []struct {
			Measures measure.Measures
			Relative map[string]*float64 `json:"measures_to_keepalive_10"`
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	s := got.Scores[0]
	if got.Memory.Default != 2 || s.Measures.ColdStarts != 2 || s.Measures.SPES.ColdMinutes != 2 || s.Measures.SPES.WastedMinutes != 106 {
		t.Errorf("report is %s", data)
	}
	for key, want := range map[string]float64{"rum_idle": 0.9241, "rum_all_waste": 0.9366, "spes_wasted_minutes": 106. / 116} {
		if r := s.Relative[key]; r == nil || *r < want-0.0001 || *r > want+0.0001 {
			t.Errorf("%s is %v; want %.4f", key, r, want)
		}
	}
	if r := ratio(1, 0); r != nil || decimals(r) != "-" {
		t.Error("a ratio to nothing was made up")
	}
}

// The report states the lowest RUM of prewarm by either account of waste, of whatever ratio.
func TestTheLowestRUMOfPrewarmIsNamed(t *testing.T) {
	row := func(policy string, idle, all, ratio float64) scored {
		s := scored{Measures: measure.Measures{RUM: measure.RUM{Idle: idle, All: all}}, Relative: map[string]*float64{"rum_idle": &ratio, "rum_all_waste": &ratio}}
		s.Policy = policy
		return s
	}
	r := &report{Scores: []scored{row("oracle", 0, 1, 0), row("prewarm-0.1", 5, 9, 0.5), row("prewarm-0.2", 4, 10, 0.4), row("prewarm+reactive-0.2", 1, 1, 0.1)}}
	if got, want := r.lowest(), "\nLowest of prewarm, relative to keep-alive-10: RUM, idle 0.400 (prewarm-0.2); RUM, all waste 0.500 (prewarm-0.1)\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

// By SPES's protocol, prewarm is compared with the policy SPES at equal wasted minutes.
func TestSPESIsComparedAtEqualWaste(t *testing.T) {
	row := func(policy string, wasted int64, p75 float64) scored {
		s := scored{Measures: measure.Measures{SPES: measure.SPES{WastedMinutes: wasted, Rates: measure.Rates{P75: p75}}}}
		s.Policy = policy
		return s
	}
	r := &report{Scores: []scored{row("spes", 300, 0.8), row("prewarm-0.1", 400, 0.2), row("prewarm-0.2", 200, 0.4)}}
	r.summarize()
	if c := r.Summary.P75AtSPESWaste; c == nil || c.Share < 0.3749 || c.Share > 0.3751 {
		t.Errorf("got %+v; want 0.3 of 0.8", c)
	}
	if text := r.Summary.text(); !strings.Contains(text, "At the wasted minutes of SPES, by its protocol: 75th percentile of the rates 0.375 of that of SPES") {
		t.Errorf("text is %s", text)
	}
}

// With -unseen only the test split of a published trace is left, 41 of its 201 functions.
func TestUnseenLeavesTheTestSplit(t *testing.T) {
	got := simulated(t, "-trace", testbed.Traces(t, "azure2019"), "-policy", "none", "-unseen")
	if !strings.HasPrefix(got, "azure2019: 41 functions that the embedded model was not trained on, 1440 minutes") {
		t.Errorf("table is %s", got)
	}
}
