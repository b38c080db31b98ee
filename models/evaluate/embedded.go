package main

import (
	"context"
	"fmt"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/report"
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

// embeddedOnAll scores it on all traces that it was trained on.
func embeddedOnAll(ctx context.Context, st *study) ([]report.Section, error) {
	all, err := st.corpus()
	if err != nil {
		return nil, err
	}
	return st.scoreEmbedded(ctx, all)
}

func (st *study) scoreEmbedded(ctx context.Context, traces []*trace.Trace) ([]report.Section, error) {
	p, err := st.embedded()
	if err != nil {
		return nil, err
	}
	var sections []report.Section
	for _, t := range traces {
		e := experiment{trace: t, seeds: 1, models: func(trace.Function) []method.Model { return []method.Model{{Full: p}} }}
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
