package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prewarm/models"
	"prewarm/shared/score"
	"prewarm/shared/simulate"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// writeTrace writes a single-day trace: function "often" is called every 5
// minutes, "seldom" every 50.
func writeTrace(t *testing.T, minutes int) string {
	t.Helper()
	head, often, seldom := "fn", "often", "seldom"
	for m := range minutes {
		head += fmt.Sprintf(",%d", m+1)
		often += map[bool]string{true: ",1", false: ",0"}[m%5 == 0]
		seldom += map[bool]string{true: ",3", false: ",0"}[m%50 == 0]
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "invocations.csv"), []byte(head+"\n"+often+"\n"+seldom+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// simulated runs the program and returns its table.
func simulated(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(context.Background(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Scored are minutes 180 to 299: often is called in 24 of them, seldom in 2.
// Keep-alive of 5 minutes never misses often, and is idle in the other 96; it
// always misses seldom and is idle for 5 minutes after each. Keep-alive of 10 minutes has
// 2 cold starts and 116 idle minutes: 116 * 60 * 0.17 = 1183.2 GB·s, so that its RUM is
// 2 * 0.808 + 1183.2 / 99.69 = 13.485. The 26 needed minutes, whose calls have no known
// duration, add 265.2 GB·s.
func TestTableByHand(t *testing.T) {
	got := simulated(t, "-trace", writeTrace(t, 300), "-policy", "none,keep-alive-5,oracle")
	want := `azure2019_single_day: 2 functions, 300 minutes (the first 180 not scored), concurrency 1, 0 malformed rows left out

| policy | cold | rate | mean | p75 | idle | idle / keep-alive-10 |
|---|---|---|---|---|---|---|
| none | 26 | 1.0000 | 1.000 | 1.000 | 0 | 0.000 |
| keepalive-5 | 2 | 0.0769 | 0.500 | 0.750 | 106 | 0.914 |
| oracle | 0 | 0.0000 | 0.000 | 0.000 | 0 | 0.000 |

Memory of a replica: 0 functions have that of their application, 0 the median of the trace, 2 the default of 170 MB.

What the policies cost, relative to keep-alive-10:

| policy | idle GB·s | RUM, idle | RUM, all waste | cold starts x4, idle | cold starts x4, all waste | memory x4, idle | memory x4, all waste |
|---|---|---|---|---|---|---|---|
| none | 0.000 | 1.558 | 1.466 | 4.584 | 4.130 | 0.428 | 0.530 |
| keepalive-5 | 0.914 | 0.924 | 0.937 | 0.944 | 0.951 | 0.917 | 0.931 |
| oracle | 0.000 | 0.000 | 0.165 | 0.000 | 0.127 | 0.000 | 0.178 |

Rates of cold starts, and wasted minutes relative to keep-alive-10:

| policy | p50 | p75 | p90 | always cold | SPES: p50 | p75 | p90 | always cold | wasted | application: p75 | wasted |
|---|---|---|---|---|---|---|---|---|---|---|---|
| none | 1.000 | 1.000 | 1.000 | 1.000 | 0.667 | 0.833 | 0.933 | 0.500 | 0.000 | 0.833 | 0.000 |
| keepalive-5 | 0.500 | 0.750 | 0.900 | 0.500 | 0.167 | 0.250 | 0.300 | 0.000 | 0.914 | 0.250 | 0.914 |
| oracle | 0.000 | 0.000 | 0.000 | 0.000 | 0.000 | 0.000 | 0.000 | 0.000 | 0.000 | 0.000 | 0.000 |

Data: Azure Functions trace 2019 (Microsoft; Shahrad et al., USENIX ATC 2020), CC-BY
`
	if got != want {
		t.Errorf("table is\n%s\nwant\n%s", got, want)
	}
}

// The published reference figures are reproduced to the last digit.
func TestReferenceTables(t *testing.T) {
	for name, rows := range map[string][]string{
		"azure2019": {
			"| keepalive-1 | 12924 | 0.2011 | 0.768 | 1.000 | 12926 | 0.234 |",
			"| keepalive-5 | 3492 | 0.0543 | 0.568 | 1.000 | 41862 | 0.759 |",
			"| keepalive-10 | 2374 | 0.0369 | 0.522 | 1.000 | 55132 | 1.000 |",
			"| keepalive-20 | 1514 | 0.0236 | 0.462 | 1.000 | 73182 | 1.327 |",
			"| keepalive-60 | 509 | 0.0079 | 0.342 | 0.667 | 120823 | 2.192 |",
			"| hybrid | 1838 | 0.0286 | 0.290 | 0.500 | 92478 | 1.677 |",
		},
		"azure2019_single_day": {
			"| keepalive-1 | 87325 | 0.2120 | 0.444 | 0.712 | 87321 | 0.297 |",
			"| keepalive-10 | 7865 | 0.0191 | 0.133 | 0.164 | 293856 | 1.000 |",
			"| keepalive-60 | 984 | 0.0024 | 0.045 | 0.019 | 419779 | 1.429 |",
			"| hybrid | 1743 | 0.0042 | 0.035 | 0.028 | 412084 | 1.402 |",
		},
		"huawei2023_private": {
			"| keepalive-1 | 10133 | 0.0105 | 0.055 | 0.061 | 9491 | 0.232 |",
			"| keepalive-10 | 2506 | 0.0026 | 0.008 | 0.005 | 40937 | 1.000 |",
			"| keepalive-60 | 1364 | 0.0014 | 0.003 | 0.002 | 101646 | 2.483 |",
			"| hybrid | 8241 | 0.0086 | 0.014 | 0.010 | 12647 | 0.309 |",
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := simulated(t, "-trace", testbed.Traces(t, name), "-policy", "keepalive-1,keepalive-5,keepalive-10,keepalive-20,keepalive-60,hybrid")
			for _, row := range rows {
				if !strings.Contains(table, row+"\n") {
					t.Errorf("missing %s in\n%s", row, table)
				}
			}
		})
	}
}

// The score can be computed from the written decisions and the trace alone.
func TestDecisionsGiveTheScore(t *testing.T) {
	out := t.TempDir()
	decisions, scores := filepath.Join(out, "d.csv"), filepath.Join(out, "s.json")
	simulated(t, "-trace", writeTrace(t, 300), "-policy", "keepalive-5", "-decisions", decisions, "-json", scores)

	f, err := os.Open(decisions)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], []string{"function", "minute", "replicas"}) {
		t.Errorf("heading is %v", rows[0])
	}
	idle := 0
	for _, row := range rows[1:] {
		var m int
		fmt.Sscan(row[1], &m)
		every := map[string]int{"often": 5, "seldom": 50}[row[0]]
		if row[2] != "1" {
			t.Fatalf("row %v; want 1 replica", row)
		}
		if m >= 180 && m%every != 0 {
			idle++
		}
	}
	var report struct {
		Scores []struct {
			Policy string
			Idle   int     `json:"idle_replica_minutes"`
			Ratio  float64 `json:"idle_to_keepalive_10"`
		}
	}
	data, err := os.ReadFile(scores)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Scores) != 1 || report.Scores[0].Idle != idle || idle != 106 || report.Scores[0].Ratio < 0.9 {
		t.Errorf("scores are %+v; the decisions have %d idle minutes", report.Scores, idle)
	}
}

// With -until the trace ends after that minute, and what is decided up to it
// stays the same.
func TestUntilChangesNoDecision(t *testing.T) {
	dir, out := writeTrace(t, 300), t.TempDir()
	for _, policy := range []string{"keepalive-10", "hybrid", "idler", "hpa", "kpa", "boosted", "prewarm", "prewarm-reactive"} {
		whole, cut := filepath.Join(out, "whole.csv"), filepath.Join(out, "cut.csv")
		simulated(t, "-trace", dir, "-policy", policy, "-decisions", whole)
		simulated(t, "-trace", dir, "-policy", policy, "-decisions", cut, "-until", "211")
		all, some := lines(t, whole), lines(t, cut)
		want := slices.DeleteFunc(all, func(line string) bool {
			var m int
			_, err := fmt.Sscan(strings.Split(line+",,", ",")[1], &m)
			return err == nil && m > 211
		})
		if !slices.Equal(some, want) {
			t.Errorf("%s: %d decisions with the trace cut, %d up to there with the whole", policy, len(some), len(want))
		}
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

func TestPlotIsSVGWithEveryCurve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curve.svg")
	simulated(t, "-trace", writeTrace(t, 400), "-plot", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("not XML: %v", err)
	}
	for _, want := range []string{"<svg", ">keepalive-K<", ">10<", "hybrid", ">autoscaler-1<", "idle memory, GB·s", "not drawn, as one figure is 0: none", "cold starts", "CC-BY"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%q is not in the plot", want)
		}
	}
}

func TestPlotWithoutAnyCurve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curve.svg")
	simulated(t, "-trace", writeTrace(t, 300), "-policy", "none,oracle", "-plot", path)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestInterruptLeavesNoFile(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := t.TempDir()
	err := run(ctx, []string{"-trace", writeTrace(t, 300), "-policy", "hybrid", "-decisions", filepath.Join(out, "d.csv"), "-json", filepath.Join(out, "s.json")}, io.Discard, io.Discard)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v; want %v", err, context.Canceled)
	}
	if left, _ := os.ReadDir(out); len(left) != 0 {
		t.Errorf("%d files left, %s the first", len(left), left[0].Name())
	}
}

func TestCommandLineErrorsNameKeyBoundAndValue(t *testing.T) {
	dir, short := writeTrace(t, 200), writeTrace(t, simulate.WarmUpMinutes)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"-trace must name a directory or a file, was empty", nil},
		{"-concurrency must be at least 1, was: 0", []string{"-trace", dir, "-concurrency", "0"}},
		{"-until must be at least 0, or -1 for the whole trace, was: -2", []string{"-trace", dir, "-until", "-2"}},
		{fmt.Sprintf("-decisions needs one policy, -policy names: %d", len(allPolicies())), []string{"-trace", dir, "-decisions", "x.csv"}},
		{`minutes must be a whole number of at least 1, was: "0"`, []string{"-trace", dir, "-policy", "keepalive-0"}},
		{"-cost-ratio must be between 0.0001 and 0.9999, was: 1", []string{"-trace", dir, "-cost-ratio", "1"}},
		{"-start-time must be between 0s and 10m, was: -1s", []string{"-trace", dir, "-start-time", "-1s"}},
		{"-wait-price must be between 0.01 and 1e+06, was: 0", []string{"-trace", dir, "-wait-price", "0"}},
		{`-policy prewarm-automatic: cost ratio must be auto or a number, was: "automatic"`, []string{"-trace", dir, "-policy", "prewarm-automatic"}},
		{"-policy prewarm-2: cost ratio must be between 0.0001 and 0.9999, was: 2", []string{"-trace", dir, "-policy", "prewarm-2"}},
		{`was: "magic"`, []string{"-trace", dir, "-policy", "none,magic"}},
		{`was: "magic"`, []string{"-trace", "not-read", "-policy", "magic"}},
		{`unknown argument: "extra"`, []string{"-trace", dir, "extra"}},
		{"missing.bin", []string{"-trace", dir, "-policy", "prewarm", "-model", "missing.bin"}},
		{"-unseen needs -trace and the embedded model", []string{"-trace", dir, "-unseen", "-model", "other.bin"}},
		{"layout not recognised", []string{"-trace", t.TempDir()}},
		{"180 minutes: too short to score", []string{"-trace", short}},
		{"too short to score", []string{"-trace", dir, "-until", "179"}},
	} {
		err := run(context.Background(), c.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error is %v; want one with %q", c.args, err, c.want)
		}
	}
}

// A malformed cell costs its row, which the table and the JSON file count.
func TestBadRowsAreCounted(t *testing.T) {
	dir := writeTrace(t, 300)
	path, scores := filepath.Join(dir, "invocations.csv"), filepath.Join(dir, "s.json")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(string(good)+"bad,oops"+strings.Repeat(",0", 299)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), []string{"-trace", dir, "-strict"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "line 4, column 2") {
		t.Errorf("error is %v; want one that names line 4, column 2", err)
	}
	table := simulated(t, "-trace", dir, "-policy", "none", "-json", scores)
	if !strings.Contains(table, "2 functions, 300 minutes") || !strings.Contains(table, "1 malformed rows left out") {
		t.Errorf("table is %s", table)
	}
	if report, err := os.ReadFile(scores); err != nil || !strings.Contains(string(report), `"skipped_rows": 1`) {
		t.Errorf("report is %s, %v", report, err)
	}
}

// A file of one's own is read like a published trace: here one call in every fifth
// minute.
func TestOwnDataIsSimulated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.csv")
	rows := "timestamp,function\n"
	for m := 0; m < 300; m += 5 {
		rows += fmt.Sprintf("2026-03-01T%02d:%02d:30Z,hello\n", m/60, m%60)
	}
	if err := os.WriteFile(path, []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	table := simulated(t, "-trace", path, "-policy", "none,keepalive-5")
	for _, want := range []string{"own_events: 1 functions, 296 minutes", "| none | 24 |", "| keepalive-5 | 0 |"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in %s", want, table)
		}
	}
}

func TestEveryNameOfAllIsAPolicy(t *testing.T) {
	w := &simulate.Workload{}
	outlook, err := simulate.NewOutlook(context.Background(), w, nil, func() {})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range allPolicies() {
		construct, err := parsePolicy(name)
		if err != nil {
			t.Fatal(err)
		}
		if p := construct(maker{workload: w, outlook: outlook}); p.Name() != name {
			t.Errorf("%s makes %s", name, p.Name())
		}
	}
}

// The embedded model keeps what the policies keep: with a real trace cut off
// after a minute, every decision up to the next one is the same.
func TestForecastsDependOnThePastAlone(t *testing.T) {
	for _, name := range []string{"azure2019", "huawei2023_private"} {
		t.Run(name, func(t *testing.T) {
			tr, err := trace.Open(testbed.Traces(t, name))
			if err != nil {
				t.Fatal(err)
			}
			tr = sample(tr, 8).Until(420)
			whole := prewarmed(t, tr)
			for _, m := range []int{199, 333} {
				cut := prewarmed(t, tr.Until(m+2)) // the decision on m+1 is the last
				if cut == "" || !strings.HasPrefix(whole, cut) {
					t.Errorf("with the trace cut at %d the decisions differ", m)
				}
			}
			hidden := tr.Until(335)
			for i := range hidden.Functions {
				hidden.Functions[i].Counts = slices.Clone(hidden.Functions[i].Counts)
				hidden.Functions[i].Counts[334] = 999
			}
			if got := prewarmed(t, hidden); !strings.HasPrefix(whole, got) {
				t.Error("the decisions on minute 334 depend on its calls")
			}
		})
	}
}

// sample keeps n functions with calls, spread over the trace.
func sample(tr *trace.Trace, n int) *trace.Trace {
	called := slices.DeleteFunc(slices.Clone(tr.Functions), func(f trace.Function) bool { return slices.Max(f.Counts) <= 0 })
	some := *tr
	some.Functions = nil
	for i := range n {
		some.Functions = append(some.Functions, called[i*len(called)/n])
	}
	return &some
}

// prewarmed returns the decisions of prewarm on tr.
func prewarmed(t *testing.T, tr *trace.Trace) string {
	t.Helper()
	w := simulate.NewWorkload(tr, 1)
	policies, err := options{model: models.Full, policies: []string{"prewarm-0.05"}}.build(context.Background(), tr, w, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	csv := simulate.NewDecisionWriter(&out, w)
	if err := simulate.Run(context.Background(), w, policies[0], csv); err != nil {
		t.Fatal(err)
	}
	if err := csv.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestSummaryComparesAtEqualFigures(t *testing.T) {
	row := func(policy string, cold, idle int64, p75 float64) scored {
		return scored{Score: simulate.Score{Policy: policy, Total: score.Total{Cold: cold, Idle: idle}, P75Rate: p75}}
	}
	r := &report{base: scored{Score: simulate.Score{Total: score.Total{Cold: 100, Idle: 1000}}}, Scores: []scored{
		row("hybrid", 300, 500, 0), row("prewarm-0.1", 20, 2000, 0.1), row("prewarm-0.2", 60, 600, 0.2), row("prewarm-0.3", 140, 200, 0.4),
	}}
	r.summarize()
	c := r.Summary.IdleAtKeepAliveCold // half way between the last two
	if c == nil || math.Abs(c.CostRatio-0.25) > 1e-9 || math.Abs(c.Share-0.4) > 1e-9 || math.Abs(c.P75Rate-0.3) > 1e-9 {
		t.Errorf("idle at equal cold starts is %+v, want 0.4 at a ratio of 0.25", c)
	}
	c = r.Summary.ColdAtKeepAliveIdle // 1000 of 2000 to 600
	if c == nil || math.Abs(c.Share-(20+40*1000/1400.)/100) > 1e-9 {
		t.Errorf("cold starts at equal idle time are %+v", c)
	}
	if r.Summary.IdleAtHybridCold != nil {
		t.Error("a comparison beyond the sweep was made up")
	}
	if text := r.Summary.text(); !strings.Contains(text, "idle time 0.400 of keep-alive-10's") || strings.Contains(text, "hybrid") {
		t.Errorf("text is %s", text)
	}
}
