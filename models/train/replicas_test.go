package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// writeGrid writes the runs of a function whose replicas serve one call of 50 ms
// at a time, by callers that call again at once.
func writeGrid(t *testing.T, from, to int) string {
	path := filepath.Join(t.TempDir(), "grid.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := loadtest.NewWriter(file)
	for callers := from; callers <= to; callers++ {
		for replicas := 1; replicas <= 4; replicas++ {
			wait := 0.05 * max(1, float64(callers)/float64(replicas))
			r := loadtest.Row{Concurrency: callers, Replicas: replicas, Seconds: 10, Requests: 1000, RequestsPerSecond: min(float64(callers), float64(replicas)) / 0.05, ResponseBytes: 28,
				Latency: [5]float64{wait, wait, wait, wait, wait}, Status: [4]int{1000}}
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	return path
}

func TestAReplicaModelIsTrainedFromGrids(t *testing.T) {
	var table, log strings.Builder
	dir := t.TempDir()
	grids := writeGrid(t, 1, 10) + "," + writeGrid(t, 11, 20)
	if err := run(t.Context(), []string{"-grid", grids, "-objective", "0.2", "-function", "hello.openfaas-fn", "-out", dir}, &table, &log); err != nil {
		t.Fatal(err)
	}
	// 17 to 20 callers need more than the four replicas that were measured.
	if !strings.Contains(log.String(), "80 runs, 64 with an answer") {
		t.Errorf("got %s", log.String())
	}
	for _, want := range []string{"64 runs of 16 loads, blocked folds", "64 runs of 16 loads, random folds", "forest", "majority class", "last value", "capacity formula", "1: "} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is missing in\n%s", want, table.String())
		}
	}
	file, err := os.Open(filepath.Join(dir, "replicas.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m, err := capacity.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.About; got.Name != "hello.openfaas-fn" || got.Objective != "p99 at most 0.2 s, at most 1 % errors" {
		t.Errorf("got %+v", got)
	}
	if a := m.Predict(capacity.Vector{80, 28, 0, 16, 0.2, 0.2, 0.2, 0.2, 0.2}); a.Replicas < 4 || a.Replicas > 5 {
		t.Errorf("16 callers need 4 replicas, got %+v", a)
	}
}

// The public load tests are evaluated only: the report states what their answers are,
// and nothing is written.
func TestThePublicLoadTestsAreNoTrainingData(t *testing.T) {
	rows := []string{"Requests/sec,Size/request,Status 200,Status 500,Concurrent requests,10th percentile,50th percentile,75th percentile,90th percentile,99th percentile,hello - Current replicas"}
	for range 30 {
		rows = append(rows, "800,28 bytes,400,0,10,0.0055,0.01,0.0148,0.0223,0.0322,5", "400,28 bytes,400,0,5,0.0055,0.01,0.0148,0.0223,0.0322,2")
	}
	path, dir := filepath.Join(t.TempDir(), "hey.csv"), t.TempDir()
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := run(t.Context(), []string{"-hey-grid", path, "-out", dir}, &table, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.String(), "60 runs of 60 loads") || !strings.Contains(table.String(), "lag behind the load") {
		t.Errorf("got\n%s", table.String())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v was written, %v", left, err)
	}
}

func TestWrongFlagsOfTheReplicaModelAreNamed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"-objective must be above 0": {"-grid", "x", "-objective", "NaN"},
		"-errors must be at least 0": {"-grid", "x", "-errors", "2"},
		"-percentile must be one of": {"-percentile", "95", "-grid", "x"},
		"-folds must be at least":    {"-folds", "1", "-grid", "x"},
		"-headroom must be between":  {"-headroom", "0.7", "-grid", "x"},
		"-function must have":        {"-function", "", "-grid", "x"},
		"exclude each other":         {"-hey-grid", "x", "-grid", "y"},
		"no such file":               {"-grid", "nowhere.csv"},
		"header":                     {"-grid", empty},
		"no load met":                {"-objective", "0.001", "-grid", writeGrid(t, 1, 3)},
		"fewer folds":                {"-objective", "0.2", "-grid", writeGrid(t, 1, 3)},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
