package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/training"
	"prewarm/models/train/corpus"
	"prewarm/models/train/fit"
	"prewarm/shared/trace"
)

// scoreFolds adds a section for each trace, in which every function is scored by
// models that have not seen its owner. The folds divide owners and not functions:
// functions of one owner are often alike, and one would reveal the other.
func scoreFolds(ctx context.Context, st *study) error {
	traces, err := st.scored()
	if err != nil {
		return err
	}
	models, err := st.foldModels(ctx, traces)
	if err != nil {
		return err
	}
	for _, t := range traces {
		e := experiment{
			trace: t, functions: called(t, nil), seeds: st.seeds,
			protocol: fmt.Sprintf("%d folds over the owners, seeds: %d", st.folds, st.seeds),
			models:   func(f trace.Function) []method.Model { return models(fit.OwnerOf(t.Layout, f)) },
		}
		if err := st.score(ctx, e, slug(t.Layout)+"-folds"); err != nil {
			return err
		}
	}
	return nil
}

// foldModels trains models by folds on the functions of traces and of the corpus.
// A trace of -trace is often one of the corpus; its functions are taken once, by
// their name.
func (st *study) foldModels(ctx context.Context, traces []*trace.Trace) (func(owner string) []method.Model, error) {
	others, err := corpus.All(st.reader, st.traces)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	tasks := slices.DeleteFunc(corpus.Tasks(slices.Concat(traces, others)), func(t fit.Task) bool {
		// Task names begin with the layout of their trace, so equal names are the
		// same function.
		before := seen[t.Name]
		seen[t.Name] = true
		return before
	})
	return st.trainFolds(ctx, tasks)
}

// trainFolds trains a model and its ablations for each fold and seed. The function
// that it returns gives the models, one per seed, that have not seen an owner.
func (st *study) trainFolds(ctx context.Context, tasks []fit.Task) (func(owner string) []method.Model, error) {
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
		// The same split as in training: this is what makes sure that no function is
		// scored by a model that has seen its owner.
		k := fit.FoldOf(owner, st.folds)
		models := make([]method.Model, st.seeds)
		for seed := range models {
			// In the order of plans: all folds of one seed, then those of the next.
			models[seed] = trained[seed*st.folds+k]
		}
		return models
	}, nil
}

// byName orders tasks, since a model depends on their order and the order of
// files in a directory must not matter.
func byName(a, b fit.Task) int { return cmp.Compare(a.Name, b.Name) }

// train returns the model of each plan with its ablations. All of them are trained
// by one call, which keeps all processors busy to the end and needs one progress
// bar. trained holds the models of plans first, then those of each ablation.
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
			models[i].Ablations = append(models[i].Ablations, method.Ablation{Name: a.name, Predictor: trained[(k+1)*len(plans)+i]})
		}
	}
	return models, nil
}

// ablation is the same training without some parts of the model.
type ablation struct {
	name string
	plan func(training.Plan) training.Plan
}

// ablations returns the ablations of each model. The one without the LSTM is
// trained with a single seed only: it takes as long as the model itself. If -history
// compares several bounds it is the only one: the question is when the LSTM is of use.
func (st *study) ablations() []ablation {
	withoutLSTM := ablation{method.WithoutLSTM, training.Plan.WithoutLSTM}
	if st.comparesHistories() {
		return []ablation{withoutLSTM}
	}
	all := []ablation{{method.ForestsAlone, training.Plan.ForestsAlone}, {method.ForestsOnAll, training.Plan.ForestsOnAll}}
	if st.seeds == 1 {
		all = append(all, withoutLSTM)
	}
	return all
}
