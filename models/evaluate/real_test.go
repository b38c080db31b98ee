package main

import (
	"os"
	"path/filepath"
	"testing"

	"prewarm/shared/trace"
)

// realTrace opens a published trace beside the repository, or skips.
func realTrace(t *testing.T, folder string) *trace.Trace {
	t.Helper()
	dir := os.Getenv("PREWARM_TRACES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "traces")
	}
	path := filepath.Join(dir, folder)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no trace at %s (set PREWARM_TRACES to the directory of the traces)", path)
	}
	tr, err := trace.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// On functions that no part was trained on, the full model states activity
// better than every baseline and better than its network alone, at every
// horizon, and the cold starts of the next hour with the least squared error.
func TestTheFullModelIsBestOnFunctionsItHasNotSeen(t *testing.T) {
	for _, folder := range []string{"azure2019", "azure2019_single_day"} {
		tr := realTrace(t, folder)
		r, err := score(predictorFor(t), tr, chosen(tr, false), 53)
		if err != nil {
			t.Fatal(err)
		}
		if r.Adapted.Precision.Low <= 0 || r.Adapted.Brier.Low <= 0 {
			t.Errorf("%s: adaptation gains %+v", folder, r.Adapted)
		}
		full := r.Methods[len(r.Methods)-1]
		for _, m := range r.Methods[:len(r.Methods)-1] {
			for k, a := range m.Activity {
				f := full.Activity[k]
				if f.AveragePrecision <= a.AveragePrecision || f.Brier >= a.Brier {
					t.Errorf("%s +%d: AP %.4f and Brier %.4f, %s has %.4f and %.4f", folder, a.Horizon, f.AveragePrecision, f.Brier, m.Name, a.AveragePrecision, a.Brier)
				}
			}
			if full.Cold.RMSE >= m.Cold.RMSE {
				t.Errorf("%s: cold starts with RMSE %.3f, %s has %.3f", folder, full.Cold.RMSE, m.Name, m.Cold.RMSE)
			}
		}
	}
}
