package main

import (
	"testing"

	"prewarm/models"
	"prewarm/models/evaluate/method"
	"prewarm/shared/cli"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// realTrace opens a published trace. The test is skipped if it does not exist.
func realTrace(t *testing.T, folder string) *trace.Trace {
	t.Helper()
	tr, err := trace.Open(testbed.Traces(t, folder))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// On functions that no part was trained on, the full model is better than every
// baseline and every part: in average precision and Brier score at each horizon,
// and in the RMSE of next-hour cold starts. Adaptation improves the LSTM.
func TestFullModelIsBestOnFunctionsItHasNotSeen(t *testing.T) {
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"azure2019", "azure2019_single_day"} {
		tr := realTrace(t, folder)
		e := experiment{
			trace: tr, functions: called(tr, untrained(tr)), protocol: "test", stride: 53, seeds: 1, history: feature.MaxHistory, shortest: feature.MaxHistory,
			models: func(trace.Function) []method.Model { return []method.Model{{Full: p}} },
		}
		predicted, err := e.predict(t.Context(), cli.NewBar(t.Output(), folder, 1))
		if err != nil {
			t.Fatal(err)
		}
		s := e.scores(predicted)
		if a := s.Adapted[0]; a.Precision.Low <= 0 || a.Brier.Low <= 0 {
			t.Errorf("%s: adaptation gains %+v", folder, a)
		}
		full := s.full()
		for _, m := range s.others() {
			for k, a := range m.Activity {
				if f := full.Activity[k]; f.AveragePrecision <= a.AveragePrecision || f.Brier >= a.Brier {
					t.Errorf("%s +%d: AP %.4f and Brier %.4f, %s has %.4f and %.4f", folder, a.Horizon, f.AveragePrecision, f.Brier, m.Name, a.AveragePrecision, a.Brier)
				}
			}
			if full.Cold.RMSE >= m.Cold.RMSE {
				t.Errorf("%s: cold starts with RMSE %.3f, %s has %.3f", folder, full.Cold.RMSE, m.Name, m.Cold.RMSE)
			}
		}
	}
}
