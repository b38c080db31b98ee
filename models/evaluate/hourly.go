package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"prewarm/models"
	"prewarm/models/evaluate/hourly"
	"prewarm/models/evaluate/rate"
	"prewarm/models/evaluate/report"
	"prewarm/shared/forecast/fit"
	forecaster "prewarm/shared/forecast/hourly"
	"prewarm/shared/forecast/hourlyfit"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// hourlyMode scores the hourly model: the embedded one on its test split and on
// regions, and ones trained for it on folds, on dense functions alone and on a
// generated region.
func hourlyMode(ctx context.Context, st *study) ([]report.Section, error) {
	regions, err := st.reader.Open(filepath.Join(st.settings.traces, string(trace.Huawei2025Regions)))
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(st.log, "no %s below %s: the hourly model is left out\n", trace.Huawei2025Regions, st.settings.traces)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h := &hourlyStudy{study: st, regions: regions}
	var sections []report.Section
	for _, write := range []func(context.Context) ([]report.Section, error){h.embedded, h.ofRegions, h.folds, h.denseAlone, h.generated} {
		more, err := write(ctx)
		if err != nil {
			return nil, fmt.Errorf("hourly model: %w", err)
		}
		sections = append(sections, more...)
	}
	return sections, nil
}

// hourlyStudy is what the sections about the hourly model share.
type hourlyStudy struct {
	*study
	regions *trace.Trace
}

// trainedRegion is the region whose series is trained on.
const trainedRegion = "R1"

// train trains an hourly model for a section.
func (h *hourlyStudy) train(ctx context.Context, name string, o hourlyfit.Options, tasks []fit.Task) (*forecaster.Predictor, error) {
	at := slices.IndexFunc(h.regions.Functions, func(f trace.Function) bool { return f.Name == trainedRegion })
	if at < 0 {
		return nil, fmt.Errorf("no series of region %s", trainedRegion)
	}
	fmt.Fprintf(h.log, "train the hourly model for %s on %d functions\n", name, len(tasks))
	// As many as the shipped model has, but no more than a small budget allows.
	o.Updates, o.Examples = min(o.Updates, 8*h.budget.Updates), min(o.Examples, 4*h.budget.Examples)
	tasks = slices.Clone(tasks)
	slices.SortFunc(tasks, byName)
	m, err := hourlyfit.Train(ctx, o, tasks, h.regions.Functions[at].Counts)
	if err != nil {
		return nil, err
	}
	return forecaster.New(m, name)
}

func (h *hourlyStudy) tasks(traces []*trace.Trace) (tasks []fit.Task) {
	for _, t := range traces {
		tasks = append(tasks, fit.FromTrace(t)...)
	}
	return tasks
}

// embedded scores the embedded model on the test split of each trace.
func (h *hourlyStudy) embedded(context.Context) ([]report.Section, error) {
	p, err := models.LoadHourly()
	if err != nil {
		return nil, err
	}
	present, err := models.Load()
	if err != nil {
		return nil, err
	}
	traces, err := h.corpus()
	if err != nil {
		return nil, err
	}
	var sections []report.Section
	for _, t := range traces {
		part := hourly.Part{Trace: t, Functions: called(t, untrained(t)), Model: p, Present: present}
		s, err := hourly.Score([]hourly.Part{part}, h.sparse())
		if err != nil {
			return nil, err
		}
		sections = append(sections, s.Section("hourly-"+slug(t.Layout), fmt.Sprintf("Hourly mode: %s, test split", t.Layout),
			fmt.Sprintf("hourly model %s on functions that it was not trained on", p.Version())))
	}
	return sections, nil
}

// ofRegions scores the embedded model on the real series of regions.
func (h *hourlyStudy) ofRegions(context.Context) ([]report.Section, error) {
	p, err := models.LoadHourly()
	if err != nil {
		return nil, err
	}
	var scored []hourly.Region
	for _, f := range h.regions.Functions {
		r, err := hourly.ScoreRegion(p, f.Name, hourlyfit.Hours(f.Counts, 0))
		if err != nil {
			return nil, err
		}
		scored = append(scored, r)
	}
	return []report.Section{hourly.RegionSection("hourly-regions", "Hourly mode: from one region to the others", scored, trainedRegion)}, nil
}

// hourlyFolds is the number of parts of the owners, each scored by a model that
// was trained on the others.
const hourlyFolds = 5

// folds scores every function by a model that has not seen its owner.
func (h *hourlyStudy) folds(ctx context.Context) ([]report.Section, error) {
	traces, err := h.corpus()
	if err != nil {
		return nil, err
	}
	var parts []hourly.Part
	for k := range hourlyFolds {
		split := fit.Fold(k, hourlyFolds)
		o := hourlyfit.Defaults(1)
		o.Split = split
		p, err := h.train(ctx, fmt.Sprintf("fold %d", k+1), o, h.tasks(traces))
		if err != nil {
			return nil, err
		}
		for _, t := range traces {
			held := func(f trace.Function) bool { return split(fit.OwnerOf(t.Layout, f)) == fit.TestGroup }
			parts = append(parts, hourly.Part{Trace: t, Functions: called(t, held), Model: p})
		}
	}
	s, err := hourly.Score(parts, h.sparse())
	if err != nil {
		return nil, err
	}
	return []report.Section{s.Section("hourly-folds", "Hourly mode: all functions, by folds of owners",
		fmt.Sprintf("%d folds over the owners of all traces, each scored by a model trained on the others", hourlyFolds))}, nil
}

// denseAlone trains the network on dense functions alone and scores on the test
// split.
func (h *hourlyStudy) denseAlone(ctx context.Context) ([]report.Section, error) {
	traces, err := h.corpus()
	if err != nil {
		return nil, err
	}
	o := hourlyfit.Defaults(1)
	o.Dense = rate.DenseShare
	p, err := h.train(ctx, "dense functions", o, h.tasks(traces))
	if err != nil {
		return nil, err
	}
	var parts []hourly.Part
	for _, t := range traces {
		parts = append(parts, hourly.Part{Trace: t, Functions: called(t, untrained(t)), Model: p})
	}
	s, err := hourly.Score(parts, h.sparse())
	if err != nil {
		return nil, err
	}
	return []report.Section{s.Section("hourly-dense", "Hourly mode: the network trained on dense functions alone",
		"test split of all traces, the network trained on functions with calls in a fifth of the minutes or more, adaptation and forest on all that are not tested")}, nil
}

// Of the generated trace: functions, days and the minutes between origins.
const (
	hourlyGenerated = 4000
	hourlyDays      = 2
	hourlyStride    = 31
)

// generated scores on a generated trace.
func (h *hourlyStudy) generated(ctx context.Context) ([]report.Section, error) {
	made, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: hourlyGenerated, Minutes: hourlyDays * trace.MinutesPerDay, SkipRare: true})
	if err != nil {
		return nil, err
	}
	return h.acrossRegions(ctx, made)
}

// acrossRegions trains on the functions of the first region of a trace and
// scores on those of the others.
func (h *hourlyStudy) acrossRegions(ctx context.Context, made *trace.Trace) ([]report.Section, error) {
	in := func(region string) func(trace.Function) bool {
		return func(f trace.Function) bool { return f.Region == region }
	}
	first := *made
	first.Functions = called(made, in(trainedRegion))
	o := hourlyfit.Defaults(1)
	o.Split = fit.NoTestGroup
	p, err := h.train(ctx, "generated region "+trainedRegion, o, fit.FromTrace(&first))
	if err != nil {
		return nil, err
	}
	names := []string{"R2", "R3", "R4", "R5"}
	var scores []*hourly.Scores
	for _, name := range names {
		s, err := hourly.Score([]hourly.Part{{Trace: made, Functions: called(made, in(name)), Model: p}}, hourlyStride)
		if err != nil {
			return nil, err
		}
		scores = append(scores, s)
	}
	protocol := fmt.Sprintf("trained on the functions of region %s of a generated trace (%d functions, %d minutes), without any training on the others", trainedRegion, len(made.Functions), made.Minutes)
	return []report.Section{hourly.RegionsOfFunctions("hourly-generated", "Hourly mode: functions from one region to the others", protocol, names, scores)}, nil
}
