package scaler

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// The story for both: generated functions, some of which take long enough for
// several replicas, and the cost ratio at which they are decided.
const (
	storyMinutes = 260
	storyRatio   = 0.06
)

func story(t *testing.T) *trace.Trace {
	t.Helper()
	tr, err := synthetic.Generate(synthetic.Options{Seed: 11, Functions: 12, Minutes: storyMinutes, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tr.Functions {
		tr.Functions[i].Name = fmt.Sprintf("f%d.openfaas-fn", i)
		tr.Functions[i].Duration = []float64{0, 2, 40}[i%3]
		for m := range tr.Functions[i].Counts {
			tr.Functions[i].Counts[m] *= int32(1 + (i+m)%4)
		}
	}
	return tr
}

// windows are what the collector would publish at minute m of the functions
// that were called before.
func windows(tr *trace.Trace, m int) []event.FunctionWindow {
	var out []event.FunctionWindow
	for _, f := range tr.Functions {
		w := event.FunctionWindow{Function: f.Name, Concurrency: 1, Window: series.Window{
			StepSeconds: 60, Start: int64(tr.Start) * 60, Counts: f.Counts[:m], BusySeconds: make([]float32, m),
		}}
		called := false
		for i, c := range w.Counts {
			w.BusySeconds[i] = float32(c) * float32(f.Duration)
			called = called || c > 0
		}
		if called {
			out = append(out, w)
		}
	}
	return out
}

// recorded are the decisions of the simulator: minute, function.
type recorded [][]int32

func (r *recorded) Minute(_ int, warm []int32) error {
	*r = append(*r, append([]int32(nil), warm...))
	return nil
}

// The scaler itself, with signed messages and a gateway, and the simulator go
// through one story with the shipped model. Every decision is the same, where
// replicas are ready at once as the simulator has them.
func TestTheSimulatorDecidesAsTheScaler(t *testing.T) {
	tr := story(t)
	model, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	pc := policy.DefaultConfig()
	pc.CostRatio = storyRatio
	workload := simulate.NewWorkload(tr, 1)
	outlook, err := simulate.NewOutlook(context.Background(), workload, model, func() {})
	if err != nil {
		t.Fatal(err)
	}
	var simulated recorded
	if err := simulate.Run(context.Background(), workload, simulate.NewPrewarm(outlook, pc, false), &simulated); err != nil {
		t.Fatal(err)
	}

	w := newWorld(t, openfaas.ModeActive)
	w.scaler.cfg.Policy = pc
	w.functions = map[string]*openfaas.Function{}
	for _, f := range tr.Functions {
		w.deploy(f.Name, 0, openfaas.ModeActive).Labels[openfaas.LabelMax] = "10000"
	}
	var forecasts [12]event.Forecast
	scaled, several := 0, 0
	for m := 3; m < storyMinutes; m++ {
		w.now = time.Unix(int64(tr.Start+m)*60, 0)
		batch := windows(tr, m)
		if len(batch) == 0 {
			continue
		}
		model.Forecast(forecasts[:], batch)
		w.post(w.seal(forecasts[:len(batch)]...), 200)
		for f := range tr.Functions {
			name := tr.Functions[f].Name
			got, want := w.functions[name].Replicas, int(simulated[m][f])
			if got != want {
				t.Fatalf("%s at minute %d: the scaler set %d, the simulator %d", name, m, got, want)
			}
			scaled, several = scaled+min(got, 1), several+max(0, min(got-1, 1))
		}
	}
	if scaled < 500 || several < 50 {
		t.Errorf("only %d decisions were on warm replicas, %d on several", scaled, several)
	}
	if d := w.last(); !strings.Contains(d.Reason, " ") || d.Model != "m1" {
		t.Errorf("got %+v", d)
	}
}
