package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"prewarm/models/train/fit"
	"prewarm/models/train/hourlyfit"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/series"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// trainHourly trains the hourly model on the functions of tasks and the first
// region, with twice the forecast's updates, and returns its file. It takes
// about a minute and keeps no progress.
func trainHourly(ctx context.Context, s options, tasks []fit.Task, region []int32, log io.Writer) ([]byte, error) {
	o := hourlyfit.Defaults(s.training.Seed)
	o.Progress = func(stage string, done, total int, _ float64) { s.training.Progress(stage, done, total, 0) }
	// Both LSTMs are small, and twice the updates cost little beside the training of
	// the forecaster.
	o.Updates, o.Examples = 2*s.training.Updates, s.training.Examples
	m, err := hourlyfit.Train(ctx, o, tasks, region)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := hourly.Save(&buf, m); err != nil {
		return nil, err
	}
	// Reading the file back checks it with the reader of the functions before
	// anything on disk is replaced.
	p, err := hourly.Load(bytes.NewReader(buf.Bytes()))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "hourly.bin: %d bytes, version %s, adaptation %+v of functions, %+v of series\n", buf.Len(), p.Version(), m.Adapt, m.SeriesAdapt)
	return buf.Bytes(), nil
}

// firstRegion returns the cold starts per minute of region R1. If the trace of the
// regions does not exist, they are generated with -generate, otherwise an error.
func firstRegion(s options, log io.Writer) ([]int32, error) {
	path := filepath.Join(s.traces, "huawei2025_regions")
	s.reader.Log = log
	t, err := s.reader.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !s.generate:
		return nil, fmt.Errorf("the hourly model learns from a region: %w (-generate generates one)", err)
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(log, "no %s: the hourly model learns series from a generated region\n", path)
		return generatedRegion(s.training.Seed)
	case err != nil:
		return nil, err
	}
	// The other regions are held out: evaluation reports how the model does on them.
	at := slices.IndexFunc(t.Functions, func(f trace.Function) bool { return f.Name == "R1" })
	if at < 0 {
		return nil, fmt.Errorf("trace %s: no series of region R1", path)
	}
	return t.Functions[at].Counts, nil
}

// generatedRegion sums the cold starts of the generated functions of R1 over
// some weeks.
func generatedRegion(seed uint64) ([]int32, error) {
	o := synthetic.Options{Seed: seed, Functions: 500, Minutes: 21 * trace.MinutesPerDay, ColdStarts: true}
	functions, err := synthetic.Functions(o)
	if err != nil {
		return nil, err
	}
	sum := make([]int32, o.Minutes)
	for f := range functions {
		if f.Region != "R1" {
			continue
		}
		for i, c := range f.Counts {
			// A generated function that does not exist yet in a minute has no cold
			// start there, so the unknown minutes of single functions count as 0 in
			// the sum.
			if c != series.NoData {
				sum[i] += c
			}
		}
	}
	return sum, nil
}
