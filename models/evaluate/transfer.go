package main

import (
	"context"
	"fmt"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/training"
	"prewarm/models/train/fit"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// transfer is a training on one part of the data and a test on another.
type transfer struct {
	name     string
	protocol string
	train    []fit.Task
	test     []testSet
}

// testSet is the functions of one trace to score.
type testSet struct {
	trace     *trace.Trace
	functions []trace.Function
}

// scoreTransfers adds a section for each test set of each transfer. A transfer asks
// more of a model than folds do: data of another platform, another rate or another
// region than any that it was trained on.
func scoreTransfers(ctx context.Context, st *study) error {
	traces, err := st.corpus()
	if err != nil {
		return err
	}
	generated, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: generatedFunctions, SkipRare: true})
	if err != nil {
		return err
	}
	all := slices.Concat(acrossPlatforms(traces), []transfer{denseToSparse(traces), acrossRegions(generated)})
	var plans []training.Plan
	for _, t := range all {
		// A model depends on the order of its tasks: sorted, the cache finds it
		// again.
		slices.SortFunc(t.train, byName)
		plans = append(plans, training.Plan{Name: t.name, Options: st.budget.Options(1, fit.NoTestGroup), Tasks: t.train})
	}
	models, err := st.train(ctx, plans)
	if err != nil {
		return err
	}
	for i, t := range all {
		for _, test := range t.test {
			e := experiment{
				trace: test.trace, functions: test.functions, protocol: t.protocol, seeds: 1,
				models: func(trace.Function) []method.Model { return models[i : i+1] },
			}
			if err := st.score(ctx, e, t.name+"-on-"+slug(test.trace.Layout)); err != nil {
				return err
			}
		}
	}
	return nil
}

// acrossPlatforms returns the transfers from Huawei to Azure and back, or nil
// unless there are traces of both.
func acrossPlatforms(traces []*trace.Trace) []transfer {
	var azure, huawei []fit.Task
	var onAzure, onHuawei []testSet
	for _, t := range traces {
		switch t.Layout {
		case trace.Azure2019:
			onAzure = append(onAzure, testSet{t, called(t, nil)})
			azure = append(azure, fit.FromTrace(t)...)
		// Trained on, but not scored in a transfer: it is a day of the same release
		// as azure2019.
		case trace.Azure2019SingleDay:
			azure = append(azure, fit.FromTrace(t)...)
		case trace.Huawei2023:
			onHuawei = append(onHuawei, testSet{t, called(t, nil)})
			huawei = append(huawei, fit.FromTrace(t)...)
		}
	}
	if len(azure) == 0 || len(huawei) == 0 {
		return nil
	}
	return []transfer{
		{"huawei2023", "trained on huawei2023_private alone, all functions", huawei, onAzure},
		{"azure", "trained on azure2019 and azure2019_single_day alone, all functions", azure, onHuawei},
	}
}

// denseToSparse returns the transfer from the dense functions of all traces to the
// sparse ones. A dense function is left out of training if its owner also has a
// sparse one: functions of one owner are alike.
func denseToSparse(traces []*trace.Trace) transfer {
	sparse := func(f trace.Function) bool { return !metric.Dense(f.Counts) }
	t := transfer{name: "dense", protocol: fmt.Sprintf("trained on dense functions alone (calls in %.0f %% of the minutes or more), sparse functions", 100*metric.DenseShare)}
	tested := map[string]bool{} // owners
	for _, from := range traces {
		test := testSet{from, called(from, sparse)}
		for _, f := range test.functions {
			tested[fit.OwnerOf(from.Layout, f)] = true
		}
		if len(test.functions) > 0 {
			t.test = append(t.test, test)
		}
		t.train = append(t.train, fit.FromTrace(from)...)
	}
	// After the loop, since tested must hold the owners of all traces.
	t.train = slices.DeleteFunc(t.train, func(task fit.Task) bool { return !metric.Dense(task.Counts) || tested[task.Owner] })
	return t
}

// generatedFunctions is the number of generated functions of five regions.
const generatedFunctions = 800

// trainedRegion is the region that models are trained on; the others are scored.
const trainedRegion = "R1"

// acrossRegions returns the transfer from the functions of trainedRegion to those
// of the other regions of a generated trace. The traces that models are trained
// on have no regions.
func acrossRegions(generated *trace.Trace) transfer {
	others := called(generated, func(f trace.Function) bool { return f.Region != trainedRegion })
	return transfer{"generated-r1", "trained on generated region R1 alone, functions of R2 to R5", tasksOf(generated, trainedRegion), []testSet{{generated, others}}}
}

// inRegion returns whether a function belongs to a region.
func inRegion(region string) func(trace.Function) bool {
	return func(f trace.Function) bool { return f.Region == region }
}

// tasksOf returns the functions of one region of a trace to train on.
func tasksOf(t *trace.Trace, region string) []fit.Task {
	// A shallow copy with fewer functions. The counts are shared with t and not
	// written to.
	part := *t
	part.Functions = called(t, inRegion(region))
	return fit.FromTrace(&part)
}
