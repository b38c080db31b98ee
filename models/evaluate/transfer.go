package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/rate"
	"prewarm/models/evaluate/report"
	"prewarm/models/evaluate/training"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// transfer trains on one part of the data and scores on another.
type transfer struct {
	name     string
	protocol string
	train    []fit.Task
	test     []tested
}

// tested is the functions of a trace that a transfer is scored on.
type tested struct {
	trace     *trace.Trace
	functions []trace.Function
}

// transfers scores models on data of another kind than they were trained on.
func transfers(ctx context.Context, st *study) ([]report.Section, error) {
	traces, err := st.corpus()
	if err != nil {
		return nil, err
	}
	made, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: generatedFunctions, SkipRare: true})
	if err != nil {
		return nil, err
	}
	all := slices.Concat(acrossPlatforms(traces), []transfer{denseToSparse(traces), acrossRegions(made)})
	var plans []training.Plan
	for _, t := range all {
		slices.SortFunc(t.train, byName)
		plans = append(plans, training.Plan{Name: t.name, Options: st.budget.Options(1, fit.NoTestGroup), Tasks: t.train})
	}
	models, err := st.train(ctx, plans)
	if err != nil {
		return nil, err
	}
	var sections []report.Section
	for i, t := range all {
		for _, on := range t.test {
			e := experiment{trace: on.trace, functions: on.functions, seeds: 1, models: func(trace.Function) []method.Model { return models[i : i+1] }}
			section, err := st.section(ctx, e, t.name+"-on-"+slug(on.trace.Layout), t.protocol)
			if err != nil {
				return nil, err
			}
			sections = append(sections, section)
		}
	}
	return sections, nil
}

// acrossPlatforms returns the transfers between the platforms of traces.
func acrossPlatforms(traces []*trace.Trace) []transfer {
	var azure, huawei []fit.Task
	var onAzure, onHuawei []tested
	for _, t := range traces {
		switch t.Layout {
		case trace.Azure2019:
			onAzure = append(onAzure, tested{t, called(t, nil)})
			azure = append(azure, fit.FromTrace(t)...)
		case trace.Azure2019SingleDay:
			azure = append(azure, fit.FromTrace(t)...)
		case trace.Huawei2023:
			onHuawei = append(onHuawei, tested{t, called(t, nil)})
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

// denseToSparse trains on the dense functions of all traces and tests on the
// sparse ones. Functions whose owner has a sparse one too are not trained on.
func denseToSparse(traces []*trace.Trace) transfer {
	sparse := func(f trace.Function) bool { return !rate.Dense(f.Counts) }
	t := transfer{name: "dense", protocol: fmt.Sprintf("trained on dense functions alone (calls in %.0f %% of the minutes or more), sparse functions", 100*rate.DenseShare)}
	tests := map[string]bool{}
	var dense []fit.Task
	for _, from := range traces {
		on := tested{from, called(from, sparse)}
		for _, f := range on.functions {
			tests[fit.OwnerOf(from.Layout, f)] = true
		}
		if len(on.functions) > 0 {
			t.test = append(t.test, on)
		}
		dense = append(dense, slices.DeleteFunc(fit.FromTrace(from), func(t fit.Task) bool { return !rate.Dense(t.Counts) })...)
	}
	t.train = slices.DeleteFunc(dense, func(task fit.Task) bool { return tests[task.Owner] })
	return t
}

// generatedFunctions is the number of made-up functions of five regions.
const generatedFunctions = 800

// acrossRegions trains on region R1 of a generated trace and tests on the
// others.
func acrossRegions(made *trace.Trace) transfer {
	first := *made
	first.Functions = called(made, func(f trace.Function) bool { return f.Region == "R1" })
	others := called(made, func(f trace.Function) bool { return f.Region != "R1" })
	return transfer{"generated-r1", "trained on generated region R1 alone, functions of R2 to R5", fit.FromTrace(&first), []tested{{made, others}}}
}

// byName orders tasks so that the order of reading makes no difference to what
// is trained.
func byName(a, b fit.Task) int { return cmp.Compare(a.Name, b.Name) }
