package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/models"
	"prewarm/models/evaluate/report"
	"prewarm/models/evaluate/training"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// smallHourly returns a study of small traces and two regions, with little training.
func smallHourly(t *testing.T) *hourlyStudy {
	t.Helper()
	regions := &trace.Trace{Layout: trace.Huawei2025Regions, Minutes: 9 * trace.MinutesPerDay}
	for _, name := range []string{"R1", "R2"} {
		f := trace.Function{Name: name, Counts: make([]int32, regions.Minutes)}
		for m := range f.Counts {
			f.Counts[m] = int32(20 + 10*math.Sin(2*math.Pi*float64(m)/trace.MinutesPerDay) + float64(m%7))
		}
		regions.Functions = append(regions.Functions, f)
	}
	st := &study{log: io.Discard, trained: corpusOf(t)}
	st.stride, st.budget = 40, training.Budget{Updates: 1, Examples: 100}
	shipped, err := models.LoadHourly()
	if err != nil {
		t.Fatal(err)
	}
	return &hourlyStudy{st, regions, shipped}
}

// Each section states which functions were scored by which model.
func TestHourlySectionsNameTheirProtocol(t *testing.T) {
	h := smallHourly(t)
	made, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: 300, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	for want, write := range map[string]func(context.Context) error{
		"functions that it was not trained on":                       h.embedded,
		"trained on R1 alone":                                        h.ofRegions,
		"5 folds over the owners":                                    h.byFolds,
		"the network trained on functions with calls in a fifth":     h.denseAlone,
		"trained on the functions of region R1 of a generated trace": func(ctx context.Context) error { return h.acrossRegions(ctx, made) },
	} {
		h.sections = nil
		if err := write(t.Context()); err != nil || len(h.sections) == 0 {
			t.Fatalf("%s: %v", want, err)
		}
		r := report.Report{Title: "test", Sections: h.sections}
		if err := r.Write(t.TempDir()); err != nil {
			t.Error(err)
		}
		text := h.sections[0].Text
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from:\n%s", want, text)
		}
		// By folds, every function with a call is scored once.
		if all := "120 functions, N = "; strings.Contains(text, "5 folds over the owners") && !strings.Contains(text, all) {
			t.Errorf("%q is missing from:\n%s", all, text)
		}
	}
}

// Without the series of regions the chapter is left out, and the log states it.
// Without the series of R1 no model can be trained.
func TestHourlyChapterNeedsRegions(t *testing.T) {
	var log bytes.Buffer
	st := &study{log: &log}
	st.traces, st.reader.Log = filepath.Join(t.TempDir(), "none"), &log
	if err := scoreHourly(t.Context(), st); err != nil || len(st.sections) != 0 || !strings.Contains(log.String(), "the hourly model is left out") {
		t.Errorf("%d sections, %v, %s", len(st.sections), err, log.String())
	}
	h := smallHourly(t)
	h.regions.Functions = h.regions.Functions[1:]
	if err := h.byFolds(t.Context()); err == nil || !strings.Contains(err.Error(), "no series of region R1") {
		t.Errorf("got %v", err)
	}
}

func TestInterruptEndsTheHourlyChapter(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := smallHourly(t).denseAlone(ctx); err == nil || !strings.Contains(err.Error(), "stopped at update 0") {
		t.Errorf("got %v", err)
	}
}
