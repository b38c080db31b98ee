package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/forecast/hourly"
)

// hourlyArgs returns arguments that train a poor hourly model quickly.
func hourlyArgs(traces, out string) []string {
	return []string{"-traces", traces, "-out", out, "-generate", "-hourly", "-updates", "1", "-examples", "200"}
}

// With -generate and without a trace, functions and region are generated, and the file
// loads.
func TestTheHourlyModelIsTrainedAlone(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	if err := run(t.Context(), hourlyArgs(filepath.Join(dir, "none"), dir), &log, &log); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "generated functions") || !strings.Contains(log.String(), "generated region") {
		t.Errorf("the log does not name what was trained on:\n%s", log.String())
	}
	file, err := os.Open(filepath.Join(dir, "hourly.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := hourly.Load(file); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "forecast.bin")); err == nil {
		t.Error("the forecast's weights were written as well")
	}
}

func TestHourlyWeightsMustFitBesideTheOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "forecast.bin"), make([]byte, maxWeights-100), 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	err := run(t.Context(), hourlyArgs(filepath.Join(dir, "none"), dir), &log, &log)
	if err == nil || !strings.Contains(err.Error(), "at most 118000 bytes together") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "hourly.bin")); err == nil {
		t.Error("weights that do not fit were written")
	}
}

// An error names the region if its series is missing or malformed.
func TestARegionThatIsNotThereIsNamed(t *testing.T) {
	for name, text := range map[string]string{
		"no series of region R1": "R2.csv:minute,cold_starts\n0,1\n1,2\n",
		"R1.csv":                 "R1.csv:minute,cold_starts\n0,x\n",
	} {
		dir := t.TempDir()
		file, content, _ := strings.Cut(text, ":")
		if err := os.Mkdir(filepath.Join(dir, "huawei2025_regions"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "huawei2025_regions", file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := firstRegion(options{traces: dir}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}
