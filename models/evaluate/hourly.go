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
	"prewarm/models/evaluate/metric"
	"prewarm/models/train/corpus"
	"prewarm/models/train/fit"
	"prewarm/models/train/hourlyfit"
	"prewarm/shared/forecast"
	forecaster "prewarm/shared/forecast/hourly"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// hourlyStudy is what the sections about the hourly model share.
type hourlyStudy struct {
	*study
	regions *trace.Trace          // series of trace.Huawei2025Regions
	shipped *forecaster.Predictor // the embedded model
}

// scoreHourly adds the sections about the hourly model: the embedded one on its
// test split and on regions; models that are trained here by folds, on dense
// functions alone and on a generated region. Without the series of regions, which
// training needs, it adds nothing.
func scoreHourly(ctx context.Context, st *study) error {
	regions, err := st.reader.Open(filepath.Join(st.traces, string(trace.Huawei2025Regions)))
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(st.log, "no %s below %s: the hourly model is left out\n", trace.Huawei2025Regions, st.traces)
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := st.corpus(); err != nil { // sets trained
		return err
	}
	shipped, err := models.LoadHourly()
	if err != nil {
		return err
	}
	h := &hourlyStudy{st, regions, shipped}
	// The sections without training come first, so that their results are there
	// early.
	for _, write := range []func(context.Context) error{h.embedded, h.ofRegions, h.byFolds, h.denseAlone, h.generated} {
		if err := write(ctx); err != nil {
			return fmt.Errorf("hourly model: %w", err)
		}
	}
	return nil
}

// train trains an hourly model on tasks and on the series of trainedRegion. name
// is for the log and the model.
func (h *hourlyStudy) train(ctx context.Context, name string, o hourlyfit.Options, tasks []fit.Task) (*forecaster.Predictor, error) {
	at := slices.IndexFunc(h.regions.Functions, func(f trace.Function) bool { return f.Name == trainedRegion })
	if at < 0 {
		return nil, fmt.Errorf("no series of region %s", trainedRegion)
	}
	fmt.Fprintf(h.log, "train the hourly model for %s on %d functions\n", name, len(tasks))
	// The budget of the shipped model, unless -updates and -examples are small. The
	// factors make the defaults of both flags large enough for it.
	o.Updates, o.Examples = min(o.Updates, 8*h.budget.Updates), min(o.Examples, 4*h.budget.Examples)
	slices.SortFunc(tasks, byName)
	m, err := hourlyfit.Train(ctx, o, tasks, h.regions.Functions[at].Counts)
	if err != nil {
		return nil, err
	}
	return forecaster.New(m, name)
}

// tested returns the test split of each trace, to be scored by the given models.
func (h *hourlyStudy) tested(m *forecaster.Predictor, present *forecast.Predictor) (parts []hourly.Part) {
	for _, t := range h.trained {
		parts = append(parts, hourly.Part{Trace: t, Functions: called(t, untrained(t)), Model: m, Present: present})
	}
	return parts
}

// addScores scores the parts together and adds the section.
func (h *hourlyStudy) addScores(parts []hourly.Part, name, title, protocol string) error {
	e, err := hourly.Score(parts, h.sampleStride())
	if err != nil {
		return err
	}
	h.add(e.Section(name, title, protocol))
	return nil
}

// embedded scores the embedded model on the test split of each trace. Only here the
// model by the minute stands beside it, with the same three hours as its window: it
// shows what a model for short histories adds.
func (h *hourlyStudy) embedded(context.Context) error {
	present, err := models.Load()
	if err != nil {
		return err
	}
	// One section per trace: the platforms differ too much for a common score.
	for _, p := range h.tested(h.shipped, present) {
		layout := p.Trace.Layout
		err := h.addScores([]hourly.Part{p}, "hourly-"+slug(layout), fmt.Sprintf("Hourly mode: %s, test split", layout),
			fmt.Sprintf("hourly model %s on functions that it was not trained on", h.shipped.Version()))
		if err != nil {
			return err
		}
	}
	return nil
}

// ofRegions scores the embedded model on the series of regions. It was trained on
// trainedRegion alone; the section marks that region.
func (h *hourlyStudy) ofRegions(context.Context) error {
	var all []hourly.RegionScores
	for _, f := range h.regions.Functions {
		r, err := hourly.ScoreRegion(h.shipped, f.Name, hourlyfit.Hours(f.Counts, 0))
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	h.add(hourly.RegionSection("hourly-regions", "Hourly mode: from one region to the others", all, trainedRegion))
	return nil
}

// hourlyFolds is the number of folds. A training takes half a minute and has no
// checkpoint, so that -folds does not change it.
const hourlyFolds = 5

// byFolds scores every function by a model that has not seen its owner. All traces
// stand in one section: the groups by rate need many functions.
func (h *hourlyStudy) byFolds(ctx context.Context) error {
	var parts []hourly.Part
	for k := range hourlyFolds {
		o := hourlyfit.Defaults(1)
		o.Split = fit.Fold(k, hourlyFolds)
		m, err := h.train(ctx, fmt.Sprintf("fold %d", k+1), o, corpus.Tasks(h.trained))
		if err != nil {
			return err
		}
		for _, t := range h.trained {
			held := func(f trace.Function) bool { return o.Split(fit.OwnerOf(t.Layout, f)) == fit.TestGroup }
			parts = append(parts, hourly.Part{Trace: t, Functions: called(t, held), Model: m})
		}
	}
	return h.addScores(parts, "hourly-folds", "Hourly mode: all functions, by folds of owners",
		fmt.Sprintf("%d folds over the owners of all traces, each scored by a model trained on the others", hourlyFolds))
}

// denseAlone trains the network on dense functions alone and scores the test split.
// It shows whether a network of busy functions can forecast rare ones.
func (h *hourlyStudy) denseAlone(ctx context.Context) error {
	o := hourlyfit.Defaults(1)
	o.Dense = metric.DenseShare
	m, err := h.train(ctx, "dense functions", o, corpus.Tasks(h.trained))
	if err != nil {
		return err
	}
	return h.addScores(h.tested(m, nil), "hourly-dense", "Hourly mode: the network trained on dense functions alone",
		"test split of all traces, the network trained on functions with calls in a fifth of the minutes or more, adaptation and forest on all that are not tested")
}

// The generated trace: functions, days and the minutes between origins.
const (
	hourlyGenerated = 4000
	hourlyDays      = 2
	hourlyStride    = 31
)

// generated scores from one region of a generated trace to the others.
func (h *hourlyStudy) generated(ctx context.Context) error {
	t, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: hourlyGenerated, Minutes: hourlyDays * trace.MinutesPerDay, SkipRare: true})
	if err != nil {
		return err
	}
	return h.acrossRegions(ctx, t)
}

// acrossRegions trains on the functions of trainedRegion and scores those of the
// other regions.
func (h *hourlyStudy) acrossRegions(ctx context.Context, t *trace.Trace) error {
	o := hourlyfit.Defaults(1)
	// All functions of the region train. The others are the test, so no owner has to
	// be held back.
	o.Split = fit.NoTestGroup
	m, err := h.train(ctx, "generated region "+trainedRegion, o, tasksOf(t, trainedRegion))
	if err != nil {
		return err
	}
	regions := []string{"R2", "R3", "R4", "R5"}
	var scored []*hourly.FunctionErrors
	for _, region := range regions {
		e, err := hourly.Score([]hourly.Part{{Trace: t, Functions: called(t, inRegion(region)), Model: m}}, hourlyStride)
		if err != nil {
			return err
		}
		scored = append(scored, e)
	}
	protocol := fmt.Sprintf("trained on the functions of region %s of a generated trace (%d functions, %d minutes), without any training on the others", trainedRegion, len(t.Functions), t.Minutes)
	h.add(hourly.RegionsOfFunctions("hourly-generated", "Hourly mode: functions from one region to the others", protocol, regions, scored))
	return nil
}
