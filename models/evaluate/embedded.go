package main

import (
	"context"
	"fmt"

	"prewarm/models"
	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/training"
	"prewarm/models/train/corpus"
	"prewarm/models/train/fit"
	"prewarm/shared/trace"
)

// scoreEmbedded adds a section for each trace, with the scores of the model of
// -model. It scores the test split of a trace, so that no function is scored whose
// owner was trained on, unless -functions all asks for it.
//
// With -all, forests alone with the training of the embedded model stand beside
// it: they show what both networks add. If -history compares several bounds, it is
// the model without the LSTM.
func scoreEmbedded(ctx context.Context, st *study) error {
	traces, err := st.scored()
	if err != nil {
		return err
	}
	p, err := models.Open(st.model)
	if err != nil {
		return err
	}
	m := method.Model{Full: p}
	switch {
	case st.all:
		m.Ablations, err = st.embeddedAblation(ctx, ablation{method.ForestsAlone, training.Plan.ForestsAlone})
	case st.comparesHistories() && st.model == models.Full:
		m.Ablations, err = st.embeddedAblation(ctx, ablation{method.WithoutLSTM, training.Plan.WithoutLSTM})
	}
	if err != nil {
		return err
	}
	for _, t := range traces {
		e := experiment{trace: t, seeds: 1, models: func(trace.Function) []method.Model { return []method.Model{m} }}
		e.functions, e.protocol = called(t, untrained(t)), fmt.Sprintf("model %s on functions of its test split", p.Version())
		if st.functions == "all" {
			e.functions, e.protocol = called(t, nil), fmt.Sprintf("model %s on all functions, also those trained on", p.Version())
		}
		if err := st.score(ctx, e, slug(t.Layout)+"-embedded"); err != nil {
			return err
		}
	}
	return nil
}

// embeddedAblation trains an ablation of the embedded model. The defaults with seed 1
// are the training of that model, so that the two differ in the left-out parts alone.
func (st *study) embeddedAblation(ctx context.Context, a ablation) ([]method.Ablation, error) {
	traces, err := st.corpus()
	if err != nil {
		return nil, err
	}
	plan := training.Plan{Name: "embedded", Options: fit.Defaults(1), Tasks: corpus.Tasks(traces)}
	trained, err := st.cache.Models(ctx, []training.Plan{a.plan(plan)})
	if err != nil {
		return nil, err
	}
	return []method.Ablation{{Name: a.name, Predictor: trained[0]}}, nil
}
