package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prewarm/shared/cli"
	"prewarm/shared/forecast"
)

// With -generate and without a trace the program trains on generated functions and
// writes a file that loads. The tiny options make a poor model, quickly.
func TestTheGeneratorStandsInForTraces(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	args := []string{"-generate", "-traces", filepath.Join(dir, "none"), "-out", dir, "-state", filepath.Join(dir, "state"), "-hidden", "4", "-updates", "1", "-examples", "200"}
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
	args := []string{"-generate", "-traces", dir, "-out", dir, "-state", filepath.Join(dir, "state"), "-hidden", "4", "-updates", "1", "-examples", "200"}
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
	err := run(ctx, []string{"-generate", "-traces", dir, "-out", dir, "-state", filepath.Join(dir, "state"), "-hidden", "4"}, io.Discard, &log)
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

// A directory that is missing, that is a trace itself, or whose folders have other names
// trains nothing: nobody has asked for generated functions.
func TestNothingIsMadeUpUnasked(t *testing.T) {
	dir := t.TempDir()
	missing, itself, folders := filepath.Join(dir, "missing"), filepath.Join(dir, "itself"), filepath.Join(dir, "folders")
	for path, text := range map[string]string{itself + "/t.csv": "fn,1,2\na,1,0\n", folders + "/azure/t.csv": "fn,1,2\na,1,0\n"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for traces, want := range map[string]string{missing: "missing", itself: "has: t.csv; -trace names", folders: "has: azure; -trace names"} {
		out := t.TempDir()
		err := run(t.Context(), []string{"-traces", traces, "-out", out, "-state", filepath.Join(out, "state"), "-hidden", "4", "-updates", "1", "-examples", "200"}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "-generate") {
			t.Errorf("%s: got %v", traces, err)
		}
		if left, _ := os.ReadDir(out); len(left) > 0 {
			t.Errorf("%s: %s was written", traces, left[0].Name())
		}
	}
}

// One's own data trains the forecaster alone: there is no region to learn from.
func TestOwnDataIsTrainedOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.csv")
	rows := "time,function,count\n"
	for m := range 600 {
		for f := range 12 {
			rows += fmt.Sprintf("2026-03-01T%02d:%02d:00Z,fn%d,%d\n", m/60, m%60, f, max(0, 1-m%(f+2)))
		}
	}
	if err := os.WriteFile(path, []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	tasks, err := gather(options{own: []string{path}, traces: "not-read"}, &log)
	if err != nil || len(tasks) != 12 || tasks[0].Name != "own_counts/fn0" {
		t.Errorf("%d tasks, %v", len(tasks), err)
	}
	for _, other := range []string{"-generate", "-hourly"} {
		if _, err := parse([]string{"-trace", path, other}, &log); err == nil || !strings.Contains(err.Error(), "exclude") {
			t.Errorf("%s: got %v", other, err)
		}
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
	if _, err := gather(options{traces: dir, reader: cli.TraceReader{Strict: true}}, &log); err == nil || !strings.Contains(err.Error(), "azure2019_single_day") {
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
