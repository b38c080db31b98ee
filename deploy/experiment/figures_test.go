package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/workload"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/trace"
)

// measure returns a measurement with a record of a few minutes. Each of the ready
// replicas uses a share of the CPU that it requests.
func measure(arm string, coldStarts, p99 float64, ready int, shares ...float64) measurement {
	latency := &openloop.Latency{Mean: 0.01, P50: 0.005, P95: 0.05, P99: p99}
	o := measurement{arm: arm, report: &openloop.Report{Total: openloop.FunctionReport{
		Calls: 200, Errors: 1, Dropped: 2, Latency: openloop.Latencies{All: latency},
		Usage: &openloop.Usage{ColdStarts: coldStarts, ReadySeconds: 300, IdleSeconds: 150},
	}}}
	o.waits.Count, o.waits.Seconds = 10, 4
	o.record = &record{}
	for m, share := range shares {
		for quarter := range 4 {
			f := functionState{name: "a", desired: ready, ready: ready, cores: share * cpuRequest * float64(ready)}
			o.record.polls = append(o.record.polls, poll{minute: float64(compareLearn+m) + float64(quarter)/4, functions: []functionState{f}})
		}
	}
	return o
}

func cells(rows [][]string, name string) []string {
	for _, row := range rows {
		if row[0] == name {
			return row[1:]
		}
	}
	return nil
}

func TestATableHasEachArmAndItsRatioToTheFirst(t *testing.T) {
	measured := []measurement{measure("reactive", 0, 0.4, 4, 0.5, 1), measure("predictive", 8, 0.2, 2, 1, 1), measure("hybrid", 0, 0.1, 3, 0.5, 0.5)}
	rows := table(compareFigures(), measured)
	for name, want := range map[string][]string{
		"":                                {"reactive", "predictive", "hybrid", "predictive / reactive", "hybrid / reactive"},
		"errors":                          {"3", "3", "3", "1.00", "1.00"},
		"cold starts":                     {"0", "8", "0", "-", "-"},
		"latency p99, ms":                 {"400.0", "200.0", "100.0", "0.50", "0.25"},
		"calls that waited for a replica": {"10", "10", "10", "1.00", "1.00"},
		"wait for a replica, mean of all calls, ms":             {"20.00", "20.00", "20.00", "1.00", "1.00"},
		"wait for a replica, mean of the calls that waited, ms": {"400.0", "400.0", "400.0", "1.00", "1.00"},
		"CPU use, mean, cores":                                  {"0.150", "0.100", "0.075", "0.67", "0.50"},
		"CPU use, variance over minutes, cores²":                {"0.0050", "0.0000", "0.0000", "0.00", "0.00"},
	} {
		if got := cells(rows, name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestTheTableOfTheDemonstration(t *testing.T) {
	var out bytes.Buffer
	rows := table(trafficFigures(), []measurement{measure("keep-alive", 44, 0.3, 1), measure("prewarm", 11, 0.1, 1)})
	if err := writeAligned(&out, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"prewarm / keep-alive", "cold starts", "0.25", "replica-seconds idle"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("missing %q in\n%s", want, out.String())
		}
	}
}

func TestCPUUseIsThatOfTheMeasuredMinutes(t *testing.T) {
	r := measure("a", 0, 0, 2, 0.2, 0.6, 0.2, 0.6).record
	r.polls = append([]poll{{minute: 3, functions: []functionState{{name: "a", ready: 1, cores: 99}}}}, r.polls...)
	got := r.cpuUse(compareLearn, cpuRequest)
	// Shares 0.2, 0.6, 0.2, 0.6 of two replicas: variance 0.16/3.
	if math.Abs(got.mean-0.04) > 1e-9 || math.Abs(got.relative-0.16/3) > 1e-9 || math.Abs(got.variance-0.16/3*0.01) > 1e-9 {
		t.Errorf("got %+v", got)
	}
	if got := (&record{}).cpuUse(0, cpuRequest); got != (cpuUse{}) {
		t.Errorf("of nothing: got %+v", got)
	}
}

func TestPunctualityIsTheShareOfPollsInTime(t *testing.T) {
	r := measure("a", 0, 0, 1, 1, 1, 1, 1).record // 16 polls in four minutes
	if got := r.punctuality(compareLearn, compareLearn+4); got != 1 {
		t.Errorf("all polls: got %v", got)
	}
	r.polls = append(r.polls[:4], r.polls[8:]...)
	if got := r.punctuality(compareLearn, compareLearn+4); got != 0.75 {
		t.Errorf("without a quarter: got %v", got)
	}
}

func TestTheFilesOfAComparison(t *testing.T) {
	dir := t.TempDir()
	measured := []measurement{measure("reactive", 0, 0.4, 4, 0.5, 1), measure("predictive", 8, 0.2, 2, 1, 1), measure("hybrid", 0, 0.1, 3, 0.5, 0.5)}
	f := trace.Function{Name: "a", Duration: 6, Counts: make([]int32, compareLearn+compareMeasure)}
	e := experiment{Options: workload.Options{State: dir}, trace: &trace.Trace{Layout: trace.Azure2019, Functions: []trace.Function{f}}, learn: compareLearn, measure: compareMeasure}
	rows := table(compareFigures(), measured)
	if err := e.keep(rows, measured); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte { return []byte(readFile(t, filepath.Join(dir, name))) }
	if got, err := csv.NewReader(bytes.NewReader(read("compare.csv"))).ReadAll(); err != nil || len(got) != len(rows) {
		t.Errorf("compare.csv: %v, %v", got, err)
	}
	if got := string(read("compare.md")); !strings.Contains(got, "| cold starts | 0 | 8 | 0 | - | - |\n") || strings.Count(got, "|---|") == 0 {
		t.Errorf("compare.md:\n%s", got)
	}
	var arms map[string]struct{ Figures map[string]float64 }
	if err := json.Unmarshal(read("compare.json"), &arms); err != nil || arms["predictive"].Figures["cold starts"] != 8 || len(arms) != 3 {
		t.Errorf("compare.json: %v, %v", arms, err)
	}
	var table bytes.Buffer
	if err := measured[2].record.writeCSV(&table); err != nil {
		t.Fatal(err)
	}
	if got, err := csv.NewReader(&table).ReadAll(); err != nil || len(got) != 1+8 || !slices.Equal(got[1], []string{"120.000", "a", "3", "3", "0.07500"}) {
		t.Errorf("the record of an arm: %v, %v", got, err)
	}
	drawing := read("replicas.svg")
	for d := xml.NewDecoder(bytes.NewReader(drawing)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("replicas.svg: %v", err)
		}
	}
	for _, want := range []string{"reactive", "predictive", "hybrid", "Azure Functions trace 2019"} {
		if !bytes.Contains(drawing, []byte(want)) {
			t.Errorf("replicas.svg has no text %q", want)
		}
	}
}

// TestTheArmsDifferInTheirScalerOnly: bounds, work and capacity are the same.
func TestTheArmsDifferInTheirScalerOnly(t *testing.T) {
	for edition, most := range map[gateway.Edition]string{gateway.Standard: "10", gateway.Community: "5"} {
		o := workload.Options{Edition: edition}
		arms := compareArms(edition)
		first := o.Deployment("f", "image", arms[0].Scaling)
		for i, a := range arms {
			d := o.Deployment("f", "image", a.Scaling)
			if !maps.Equal(d.EnvVars, first.EnvVars) || (*d.Annotations)["prewarm.max"] != most {
				t.Errorf("%s: %+v", a.name, d)
			}
			mode, zero := (*d.Annotations)["prewarm.mode"], (*d.Annotations)["prewarm.zero"]
			if (mode == "off") != (a.name == "reactive") || (a.hpa == nil) != (a.name == "predictive") || a.external != (a.name == "hybrid") {
				t.Errorf("arm %d, %s: mode %s, external %v", i, a.name, mode, a.external)
			}
			if wantZero := edition == gateway.Standard && a.hpa == nil; (zero == "true") != wantZero {
				t.Errorf("%s on %s: to zero: %q", a.name, edition, zero)
			}
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
