package main

import (
	"testing"

	"prewarm/models"
	"prewarm/models/evaluate/method"
	"prewarm/shared/cli"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// realTrace opens a published trace; the test is skipped where it is missing.
func realTrace(t *testing.T, folder string) *trace.Trace {
	t.Helper()
	tr, err := trace.Open(testbed.Traces(t, folder))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// On functions that no part was trained on, the full model states activity
// better than every baseline and better than its network alone, at every
// horizon, and the cold starts of the next hour with the least squared error.
func TestTheFullModelIsBestOnFunctionsItHasNotSeen(t *testing.T) {
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"azure2019", "azure2019_single_day"} {
		tr := realTrace(t, folder)
		e := experiment{
			trace: tr, functions: called(tr, untrained(tr)), stride: 53, seeds: 1,
			models: func(trace.Function) []method.Model { return []method.Model{{Full: p}} },
		}
		o, err := e.score(t.Context(), cli.NewBar(t.Output(), folder, 1))
		if err != nil {
			t.Fatal(err)
		}
		r := o.result(e, "test")
		if a := r.Adapted[0]; a.Precision.Low <= 0 || a.Brier.Low <= 0 {
			t.Errorf("%s: adaptation gains %+v", folder, a)
		}
		full := r.Methods[len(r.Methods)-1]
		for _, m := range r.Methods[:len(r.Methods)-1] {
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
