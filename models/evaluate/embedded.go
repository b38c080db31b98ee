package main

import (
	"context"
	"fmt"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/report"
	"prewarm/models/evaluate/training"
	"prewarm/models/train/corpus"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/trace"
)

// embeddedOnOne scores the embedded model on the trace of -trace.
func embeddedOnOne(ctx context.Context, st *study) ([]report.Section, error) {
	t, err := st.one()
	if err != nil {
		return nil, err
	}
	return st.scoreEmbedded(ctx, []*trace.Trace{t})
}

// embeddedOnAll scores it on all traces that it was trained on, beside forests
// alone that are trained as it was.
func embeddedOnAll(ctx context.Context, st *study) ([]report.Section, error) {
	all, err := st.corpus()
	if err != nil {
		return nil, err
	}
	alone := training.Plan{Name: "embedded", Options: fit.Defaults(1), Tasks: corpus.Tasks(all)}.ForestsAlone()
	trained, err := st.cache.Models(ctx, []training.Plan{alone})
	if err != nil {
		return nil, err
	}
	return st.scoreEmbedded(ctx, all, method.Variant{Name: method.ForestsAlone, Predictor: trained[0]})
}

// scoreEmbedded scores the embedded model, beside trainings with less, on each of
// traces.
func (st *study) scoreEmbedded(ctx context.Context, traces []*trace.Trace, less ...method.Variant) ([]report.Section, error) {
	p, err := st.embedded()
	if err != nil {
		return nil, err
	}
	var sections []report.Section
	for _, t := range traces {
		e := experiment{trace: t, seeds: 1, models: func(trace.Function) []method.Model { return []method.Model{{Full: p, Less: less}} }}
		protocol := fmt.Sprintf("model %s on functions of its test split", p.Version())
		if st.functions == "all" {
			e.functions, protocol = called(t, nil), fmt.Sprintf("model %s on all functions, also those trained on", p.Version())
		} else {
			e.functions = called(t, untrained(t))
		}
		section, err := st.section(ctx, e, slug(t.Layout)+"-embedded", protocol)
		if err != nil {
			return nil, err
		}
		sections = append(sections, section)
	}
	return sections, nil
}
