package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Calls of an unknown duration take no time. Under none each of the 24 calls of often waits,
// and of the three of seldom in a minute at least the first, twice: the others may find that
// its replica is ready. Under oracle no call waits.
func TestWaitsByHand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "scores.json")
	args := []string{"-trace", writeTrace(t, 300), "-policy", "none,oracle", "-seconds", "-seed", "7", "-json", file}
	table := simulated(t, args...)
	for _, want := range []string{
		"replayed at the second with seed 7:",
		"| policy | calls that wait | mean | p50 | p95 | p99 | seconds of waiting | starts |",
		"| oracle | 0.000 % | 0.0000 | 0.000 | 0.000 | 0.000 | 0 | 0 |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is missing in\n%s", want, table)
		}
	}
	if again := simulated(t, args...); again != table {
		t.Errorf("the same seed gives another table:\n%s", again)
	}
	if args[6] = "8"; simulated(t, args...) == table {
		t.Error("another seed gives the same table")
	}
	var report struct {
		Seed   uint64
		Scores []struct {
			Waiting struct {
				Calls, Waited int
				Total         float64 `json:"total_seconds"`
				Mean          float64 `json:"mean_seconds"`
			}
		}
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil {
		t.Fatal(err)
	}
	if w := report.Scores[0].Waiting; report.Seed != 8 || w.Calls != 30 || w.Waited < 26 || w.Waited > 30 || w.Mean != w.Total/30 {
		t.Errorf("the file has the waits %+v of seed %d", w, report.Seed)
	}
}

// Without the flag nothing is replayed, and the file says nothing of waits.
func TestWaitsAreOptional(t *testing.T) {
	file := filepath.Join(t.TempDir(), "scores.json")
	table := simulated(t, "-trace", writeTrace(t, 300), "-policy", "none", "-json", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(table, "wait") || strings.Contains(string(text), "waiting") || strings.Contains(string(text), "seed") {
		t.Errorf("waits without -seconds:\n%s\n%s", table, text)
	}
}
