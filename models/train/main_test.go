package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prewarm/shared/forecast"
)

// Without a trace the program trains on generated functions and writes a file that
// loads. The tiny options make a poor model, quickly.
func TestTrainingWithoutTracesUsesTheGenerator(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	args := []string{"-traces", filepath.Join(dir, "none"), "-out", dir, "-state", filepath.Join(dir, "state"), "-hidden", "4", "-updates", "1", "-examples", "200"}
	if err := run(t.Context(), args, io.Discard, &log); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "generated functions") {
		t.Errorf("the log does not name what was trained on:\n%s", log.String())
	}
	file, err := os.Open(filepath.Join(dir, "forecast.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := forecast.Load(file); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the progress of a training that is done was kept: %v", err)
	}
}

// If the trace of the hourly model is unusable, no model is written.
func TestNothingIsWrittenUnlessAllOfItIs(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "huawei2025_regions"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "huawei2025_regions", "R2.csv"), []byte("minute,cold_starts\n0,1\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-traces", dir, "-out", dir, "-state", filepath.Join(dir, "state"), "-hidden", "4", "-updates", "1", "-examples", "200"}
	if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "no series of region R1") {
		t.Errorf("got %v", err)
	}
	large := weights{forecast: make([]byte, maxWeights), hourly: make([]byte, 1)}
	if err := large.write(dir); err == nil || !strings.Contains(err.Error(), "at most 118000 bytes together") {
		t.Errorf("got %v", err)
	}
	if written, _ := filepath.Glob(filepath.Join(dir, "*.bin")); len(written) > 0 {
		t.Errorf("%v were written", written)
	}
}

func TestAnInterruptSaysHowToGoOn(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var log bytes.Buffer
	err := run(ctx, []string{"-traces", dir, "-out", dir, "-state", filepath.Join(dir, "state"), "-hidden", "4"}, io.Discard, &log)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the same command goes on from there") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); err != nil {
		t.Errorf("nothing was kept: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "forecast.bin")); err == nil {
		t.Error("an interrupted training wrote weights")
	}
}

func TestABrokenTraceIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "azure2019_single_day"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "azure2019_single_day", "invocations.csv"), []byte("fn,1,2\na,1,x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := gather(options{traces: dir}, &log); err == nil || !strings.Contains(err.Error(), "azure2019_single_day") {
		t.Errorf("got %v", err)
	}
}

func TestProgressReportsStagesAndEnds(t *testing.T) {
	var log bytes.Buffer
	now := time.Unix(0, 0)
	report := progress(&log, func() time.Time { return now })
	report("one", 1, 100, 0.5)
	report("one", 2, 100, 0.4) // too soon
	now = now.Add(3 * time.Second)
	report("one", 50, 100, 0.3)
	report("one", 100, 100, 0.2) // the end
	report("two", 0, 1, 0)
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 4 {
		t.Errorf("got %d lines:\n%s", len(lines), log.String())
	}
}

func TestFlagsAreChecked(t *testing.T) {
	var log bytes.Buffer
	if _, err := parse([]string{"extra"}, &log); err == nil || !strings.Contains(err.Error(), `unknown argument: "extra"`) {
		t.Errorf("got %v", err)
	}
	if _, err := parse([]string{"-h"}, &log); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v", err)
	}
}
