//go:build unix

package bench

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// grown returns results in which CPU time and bytes grow with powers of the functions.
func grown(cpu, bytes float64) []*Result {
	var out []*Result
	for _, n := range []int{100, 1000, 10_000} {
		out = append(out, &Result{
			Functions: n,
			CPU:       map[string]float64{"scaler": 0.002 * math.Pow(float64(n), cpu)},
			Bytes:     map[string]float64{"store": 50 * math.Pow(float64(n), bytes)},
			Memory:    []Memory{{"scaler", 40 << 20, 256 << 20}, {"nats", 20 << 20, 0}},
		})
	}
	return out
}

func TestTheFitFindsHowACostGrows(t *testing.T) {
	for _, c := range []struct{ cpu, bytes, ratio float64 }{{1, 1, 1}, {2, 1, 10}, {0.5, 1.25, math.Pow(10, -0.5)}} {
		costs := Costs(grown(c.cpu, c.bytes))
		if len(costs) != 2 || costs[0].Name != "CPU, scaler" || costs[1].Name != "bytes, store" {
			t.Fatalf("got %+v", costs)
		}
		if !near(costs[0].Exponent, c.cpu) || !near(costs[1].Exponent, c.bytes) || !near(costs[0].Ratio, c.ratio) {
			t.Errorf("%+v: got %+v", c, costs)
		}
	}
	if each := Costs(grown(1, 1))[0].Each[2]; !near(each, 2) {
		t.Errorf("got %v ms per function, want 2", each)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestOneSizeHasNoFit(t *testing.T) {
	for _, results := range [][]*Result{grown(1, 1)[:1], {grown(1, 1)[0], grown(1, 1)[0]}} {
		if c := Costs(results)[0]; c.Exponent != 0 || c.Ratio != 0 {
			t.Errorf("%d results: got %+v", len(results), c)
		}
	}
}

// A cost that only one of the sizes has is in the table, without a fit.
func TestTheTableHasARowForEachCost(t *testing.T) {
	results := grown(1, 1)
	results[2].Requests = map[string]float64{"list": 3}
	rows := map[string]string{}
	for _, row := range Table(results) {
		if len(row) != 6 {
			t.Errorf("a row has %d cells: %v", len(row), row)
		}
		rows[row[0]] = strings.Join(row[1:], "|")
	}
	for name, want := range map[string]string{
		"functions":                                   "100|1000|10000|exponent|ratio",
		"CPU, scaler, per function and step":          "2 ms|2 ms|2 ms|1.00|1.00",
		"requests, list, per function and step":       "0 |0 |0.0003 |-|-",
		"peak memory, scaler, MiB":                    "40 of 256|40 of 256|40 of 256||",
		"peak memory, nats, MiB":                      "20|20|20||",
		"end of step to last scale call, p99, s":      "0.00|0.00|0.00||",
		"late by more than a step":                    "0|0|0||",
		"scale calls by decisions of steps":           "0|0|0||",
		"from the start to the first step decided, s": "0.0|0.0|0.0||",
	} {
		if rows[name] != want {
			t.Errorf("%s: got %q, want %q", name, rows[name], want)
		}
	}
}

func TestTheJSONHasResultsAndCosts(t *testing.T) {
	var text strings.Builder
	if err := WriteJSON(&text, grown(1, 1)); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Results []Result
		Costs   []Cost
	}
	if err := json.Unmarshal([]byte(text.String()), &back); err != nil || len(back.Results) != 3 || len(back.Costs) != 2 {
		t.Errorf("got %d results, %d costs, %v", len(back.Results), len(back.Costs), err)
	}
}
