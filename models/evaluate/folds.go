package main

import (
	"context"
	"fmt"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/report"
	"prewarm/models/evaluate/training"
	"prewarm/models/train/corpus"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/trace"
)

// foldsOnOne scores every function of the trace of -trace by a model that has
// not seen its owner.
func foldsOnOne(ctx context.Context, st *study) ([]report.Section, error) {
	t, err := st.one()
	if err != nil {
		return nil, err
	}
	return st.scoreFolds(ctx, []*trace.Trace{t})
}

// foldsOnAll does so with all traces that models are trained on.
func foldsOnAll(ctx context.Context, st *study) ([]report.Section, error) {
	all, err := st.corpus()
	if err != nil {
		return nil, err
	}
	return st.scoreFolds(ctx, all)
}

func (st *study) scoreFolds(ctx context.Context, traces []*trace.Trace) ([]report.Section, error) {
	tasks, err := st.tasksWith(traces)
	if err != nil {
		return nil, err
	}
	of, err := st.foldModels(ctx, tasks)
	if err != nil {
		return nil, err
	}
	var sections []report.Section
	for _, t := range traces {
		e := experiment{trace: t, functions: called(t, nil), seeds: st.seeds, models: func(f trace.Function) []method.Model {
			return of(fit.OwnerOf(t.Layout, f))
		}}
		section, err := st.section(ctx, e, slug(t.Layout)+"-folds", fmt.Sprintf("%d folds over the owners, seeds: %d", st.folds, st.seeds))
		if err != nil {
			return nil, err
		}
		sections = append(sections, section)
	}
	return sections, nil
}

// tasksWith returns the functions of the given traces, and the others of those
// that models are trained on.
func (st *study) tasksWith(traces []*trace.Trace) ([]fit.Task, error) {
	others, err := corpus.All(st.reader, st.settings.traces)
	if err != nil {
		return nil, err
	}
	var tasks []fit.Task
	seen := map[string]bool{}
	for _, t := range corpus.Tasks(slices.Concat(traces, others)) {
		if !seen[t.Name] {
			seen[t.Name] = true
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// foldModels trains a model, and the same with less, for each fold and seed. It
// returns those, one per seed, that have not seen an owner.
func (st *study) foldModels(ctx context.Context, tasks []fit.Task) (func(owner string) []method.Model, error) {
	slices.SortFunc(tasks, byName)
	var plans []training.Plan
	for seed := range st.seeds { // all folds of one seed first
		for k := range st.folds {
			plans = append(plans, training.Plan{
				Name:    fmt.Sprintf("fold-%d-of-%d-seed-%d", k+1, st.folds, seed+1),
				Options: st.budget.Options(uint64(seed+1), fit.Fold(k, st.folds)), Tasks: tasks,
			})
		}
	}
	trained, err := st.train(ctx, plans)
	if err != nil {
		return nil, err
	}
	return func(owner string) []method.Model {
		for k := range st.folds {
			if fit.Fold(k, st.folds)(owner) != fit.TestGroup {
				continue
			}
			var models []method.Model
			for seed := range st.seeds {
				models = append(models, trained[seed*st.folds+k])
			}
			return models
		}
		panic("evaluate: owner in no fold")
	}, nil
}

// train returns a model for each plan, with and without some of its parts.
func (st *study) train(ctx context.Context, plans []training.Plan) ([]method.Model, error) {
	all, ablations := slices.Clone(plans), st.ablations()
	for _, a := range ablations {
		for _, p := range plans {
			all = append(all, a.plan(p))
		}
	}
	trained, err := st.cache.Models(ctx, all)
	if err != nil {
		return nil, err
	}
	models := make([]method.Model, len(plans))
	for i := range models {
		models[i].Full = trained[i]
		for k, a := range ablations {
			models[i].Less = append(models[i].Less, method.Variant{Name: a.name, Predictor: trained[(k+1)*len(plans)+i]})
		}
	}
	return models, nil
}

// ablation is a training without some of the model's parts.
type ablation struct {
	name string
	plan func(training.Plan) training.Plan
}

// ablations are those that stand beside each model. What the LSTM adds is told
// with one seed only.
func (st *study) ablations() []ablation {
	all := []ablation{{method.ForestsAlone, training.Plan.ForestsAlone}, {method.ForestsOnAll, training.Plan.ForestsOnAll}}
	if st.seeds == 1 {
		all = append(all, ablation{method.WithoutLSTM, training.Plan.WithoutLSTM})
	}
	return all
}
