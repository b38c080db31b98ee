package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/deploy/replay/loadgrid"
	"prewarm/shared/capacity"
)

// writeGrid writes the runs of a function whose replicas serve one call of 50 ms
// at a time.
func writeGrid(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "grid.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := loadgrid.NewWriter(file)
	for callers := 1; callers <= 20; callers++ {
		for replicas := 1; replicas <= 4; replicas++ {
			wait := 0.05 * max(1, float64(callers)/float64(replicas))
			r := loadgrid.Row{Concurrency: callers, Replicas: replicas, Seconds: 10, Requests: 1000, RequestsPerSecond: min(float64(callers), float64(replicas)) / 0.05, ResponseBytes: 28,
				Latency: [5]float64{wait, wait, wait, wait, wait}, Status: [4]int{1000}}
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	return path
}

func TestAModelIsTrainedFromAGrid(t *testing.T) {
	var table, log strings.Builder
	path := filepath.Join(t.TempDir(), "capacity.bin")
	if err := run([]string{"-objective", "0.2", "-out", path, writeGrid(t)}, &table, &log); err != nil {
		t.Fatal(err)
	}
	// 17 to 20 callers need more than the four replicas that were measured.
	if !strings.Contains(log.String(), "80 rows, 64 with an answer") {
		t.Errorf("got %s", log.String())
	}
	for _, want := range []string{"blocked folds", "random folds", "forest", "majority class", "last value", "capacity formula", "1: "} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is missing in\n%s", want, table.String())
		}
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m, err := capacity.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Predict(capacity.Vector{80, 28, 0, 16, 0.2, 0.2, 0.2, 0.2, 0.2})
	if err != nil || a.Replicas != 4 {
		t.Errorf("16 callers need 4 replicas, got %+v, %v", a, err)
	}
}

func TestWrongOptionsAreNamed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"name either":                {},
		"-percentile must be one of": {"-percentile", "95", "x"},
		"-folds must be at least":    {"-folds", "1", "x"},
		"-out must not be set":       {"-hey-grid", "x", "-out", "y"},
		"no such file":               {"nowhere.csv"},
		"header":                     {empty},
		"too few":                    {"-objective", "0.001", writeGrid(t)},
	} {
		if err := run(args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
