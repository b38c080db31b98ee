package openloop_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"prewarm/deploy/replay/openloop"
)

// sample is a report of two functions, one of them without an answer.
func sample() *openloop.Report {
	seen := &openloop.Latency{Calls: 3, Mean: 0.02, P50: 0.01, P95: 0.03, P99: 0.04, Max: 0.04}
	cold := &openloop.Latency{Calls: 1, Mean: 1.5, P50: 1.5, P95: 1.5, P99: 1.5, Max: 1.5}
	busy := openloop.FunctionReport{
		Function: "resize", TraceFunction: "a1b2", Calls: 5, Errors: 1, Status: map[string]int64{"200": 4, "502": 1}, Warm: 3, Cold: 1, ColdWait: 1.25,
		Latency:     openloop.Latencies{All: cold, Warm: seen, Cold: cold},
		SendLatency: openloop.Latencies{All: seen, Warm: seen, Cold: cold},
		Usage:       &openloop.Usage{ColdStarts: 1, ReadySeconds: 60, BusySeconds: 12, IdleSeconds: 48},
	}
	total := busy
	total.Function, total.TraceFunction, total.Dropped = "total", "", 2
	return &openloop.Report{
		FunctionCount: 2, From: 10, Minutes: 5, Speed: 60, WallSeconds: 5, Attribution: "somebody, CC-BY",
		Functions: []openloop.FunctionReport{busy, {Function: "silent", Dropped: 2}}, Total: total,
	}
}

func TestWriteCSV(t *testing.T) {
	var out bytes.Buffer
	if err := sample().WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll() // refuses rows of unequal length
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || rows[3][0] != "total" {
		t.Fatalf("%d rows; want a heading, two functions and the total", len(rows))
	}
	cell := func(row int, name string) string {
		for i, h := range rows[0] {
			if h == name {
				return rows[row][i]
			}
		}
		t.Fatalf("no column %s", name)
		return ""
	}
	for name, want := range map[string]string{
		"trace_function": "a1b2", "calls": "5", "errors": "1", "cold": "1", "cold_wait_seconds": "1.25", "warm_p95": "0.03", "cold_p50": "1.5",
		"send_all_p99": "0.04", "replica_seconds_ready": "60", "replica_seconds_idle": "48", "status": "200=4 502=1",
	} {
		if got := cell(1, name); got != want {
			t.Errorf("%s is %s; want %s", name, got, want)
		}
	}
	if cell(2, "dropped") != "2" || cell(2, "all_p50") != "" || cell(2, "replica_seconds_ready") != "" {
		t.Errorf("row of the function without an answer is %v", rows[2])
	}
}

func TestWriteJSONCanBeReadBack(t *testing.T) {
	var out bytes.Buffer
	if err := sample().WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got openloop.Report
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Functions[0].Latency.Cold.P50 != 1.5 || got.Functions[1].Usage != nil || *got.Total.Usage != *sample().Total.Usage {
		t.Errorf("read back %+v", got)
	}
}

func TestWriteMarkdown(t *testing.T) {
	r := sample()
	r.Interrupted, r.MetricsError = true, "metrics: refused"
	var out bytes.Buffer
	if err := r.WriteMarkdown(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2 functions, minutes 10 to 14 at speed 60, 5.0 s on the clock, interrupted\n",
		"| resize | 5 | 1 | 0 | 1 | 10.0 | 30.0 | 40.0 | 1500.0 | 1500.0 | 1500.0 | 1500.0 | 60.0 | 48.0 | 200=4 502=1 |\n",
		"| silent | 0 | 0 | 2 | 0 | - | - | - | - | - | - | - | - | - |  |\n",
		"| total | 5 |",
		"Replica time is unknown: metrics: refused\n",
		"Data: somebody, CC-BY\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("missing %q in\n%s", want, out.String())
		}
	}
}
