package method

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/models"
	"prewarm/models/train/fit"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// window returns a window of the given counts, in which each call takes half a
// minute.
func window(counts []int32) *event.FunctionWindow {
	w := &event.FunctionWindow{Function: "f.trace", Concurrency: 1, InFlight: -1}
	w.Counts, w.StepSeconds, w.BusySeconds = counts, 60, make([]float32, len(counts))
	for i, c := range counts {
		w.BusySeconds[i] = 30 * float32(max(c, 0))
	}
	return w
}

// timer returns n counts with a call every period steps, the last one age steps
// before the end.
func timer(n, period, age int) []int32 {
	counts := make([]int32, n)
	for i := n - 1 - age; i >= 0; i -= period {
		counts[i] = 1
	}
	return counts
}

// mixed returns a trace of one function with a period, additional random calls and
// unknown minutes.
func mixed(minutes int, rng *rand.Rand) *trace.Trace {
	f := trace.Function{Name: "f", Counts: make([]int32, minutes), Duration: 0.5}
	period, at := 3+rng.IntN(40), rng.IntN(3)
	for m := range f.Counts {
		if m%period == at || rng.IntN(100) == 0 {
			f.Counts[m] = int32(1 + rng.IntN(5))
		}
		if rng.IntN(50) == 0 {
			f.Counts[m] = series.NoData
		}
	}
	f.Counts[minutes-1] = 1
	return &trace.Trace{Layout: trace.Azure2019SingleDay, Minutes: minutes, Functions: []trace.Function{f}}
}

// model returns the embedded model, with an ablation of forests alone that is
// trained here, quickly and badly.
func model(t *testing.T) Model {
	t.Helper()
	full, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := fit.Defaults(1)
	o.Examples = 320
	o = o.ForestsAlone()
	o.Forest = forest.Config{Trees: 4, MaxLeafs: 20, MinLeaf: 2, Features: 6, Cuts: 20}
	o.Need, o.Cold = o.Forest, o.Forest
	rng := rand.New(rand.NewPCG(5, 6))
	var tasks []fit.Task
	for i := range 40 {
		name := fmt.Sprintf("u%d", i)
		tasks = append(tasks, fit.Task{Owner: name, Name: name, Counts: mixed(600, rng).Functions[0].Counts})
	}
	m, err := fit.Train(t.Context(), o, tasks, fit.File(t.TempDir()+"/checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := forecast.Save(&file, m); err != nil {
		t.Fatal(err)
	}
	alone, err := forecast.Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	return Model{Full: full, Ablations: []Ablation{{ForestsAlone, alone}}}
}

// content is everything that a forecast holds, in comparable form.
type content struct {
	method string
	active [feature.Horizons]float32
	cold   float64
	need   [feature.Horizons][levels]int32
}

// contents returns the forecasts of every baseline and of every part of the model
// at one origin.
func contents(t *testing.T, m Model, o Origin) []content {
	t.Helper()
	var all []content
	add := func(method string, f Forecast) {
		c := content{method: method, active: f.Active, cold: f.Cold}
		for h := range c.need {
			c.need[h] = f.Need(h + 1)
		}
		all = append(all, c)
	}
	for _, b := range Baselines() {
		add(b.Name, b.Forecast(&o.Window))
	}
	forecasts, err := m.Forecasts([]Origin{o}, feature.Horizons)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range m.Parts() {
		add(name, forecasts[i][0])
	}
	return all
}

// Property: counts at or after the origin change no forecast of a baseline, of a
// part of the model or of the whole model.
func TestNoForecastSeesTheFuture(t *testing.T) {
	m, rng := model(t), rand.New(rand.NewPCG(1, 2))
	for range 40 {
		tr := mixed(250+rng.IntN(1500), rng)
		before := Origins(tr, tr.Functions[0], 1+rng.IntN(20))
		at := rng.IntN(len(before))
		stride := 1
		if len(before) > 1 {
			stride = before[1].Minute - before[0].Minute
		}
		want := contents(t, m, before[at])
		for minute := before[at].Minute; minute < tr.Minutes; minute++ {
			tr.Functions[0].Counts[minute] = int32(rng.IntN(4)) * 1000
			if rng.IntN(9) == 0 && minute+1 < tr.Minutes {
				tr.Functions[0].Counts[minute] = series.NoData
			}
		}
		for i, got := range contents(t, m, Origins(tr, tr.Functions[0], stride)[at]) {
			if got != want[i] {
				t.Fatalf("origin %d: %s depends on the future", before[at].Minute, got.method)
			}
		}
	}
}

// Property: counts at or after the origin change no feature of the model: of the
// network, of the refiner, of the need and of the cold starts.
func TestNoFeatureSeesTheFuture(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		tr := mixed(500, rng)
		at := WarmUp + rng.IntN(200)
		want := features(tr.Functions[0].Counts, at)
		for m := at; m < tr.Minutes; m++ {
			tr.Functions[0].Counts[m] = int32(rng.IntN(3)) - 1
		}
		if !slices.Equal(features(tr.Functions[0].Counts, at), want) {
			t.Fatalf("origin %d: a feature depends on the future", at)
		}
	}
}

// features returns the inputs that the parts of a model compute from the counts
// before at.
func features(counts []int32, at int) []float32 {
	before, p := counts[:at], [feature.Horizons]float32{}
	for i := range p {
		p[i] = 0.5
	}
	all := make([]float32, feature.Segments*feature.Inputs)
	feature.Encode(all, before, 0)
	var h feature.History
	h.Read(before, 0)
	var pooled feature.GapDistribution
	for i := range pooled {
		pooled[i] = 0.1
	}
	renewal := make([]float32, feature.Horizons)
	h.Renewal(renewal, &pooled)
	all = append(all, h.Rows(make([]float32, feature.Horizons*feature.Columns), p[:], renewal)...)
	var l feature.Volume
	l.Read(before, 0)
	return append(all, l.Row(make([]float32, feature.VolumeColumns), 3, 5, 1, 2, 0)...)
}

// The capacity of a window ends at the origin, so that append or a reslice cannot
// reach the counts after it.
func TestWindowCannotBeReslicedIntoTheFuture(t *testing.T) {
	tr := mixed(400, rand.New(rand.NewPCG(1, 2)))
	for _, o := range Origins(tr, tr.Functions[0], 13) {
		w := o.Window
		if cap(w.Counts) != len(w.Counts) || cap(w.BusySeconds) != len(w.BusySeconds) || w.End() != int64(o.Minute)*60 {
			t.Fatalf("minute %d: length %d, capacity %d, end %d", o.Minute, len(w.Counts), cap(w.Counts), w.End())
		}
	}
}

// A series may end before its trace, as those of some regions do. The last origin
// has a whole known hour after it.
func TestOriginsEndWithTheKnownCounts(t *testing.T) {
	tr := mixed(600, rand.New(rand.NewPCG(1, 2)))
	counts := tr.Functions[0].Counts
	counts[399] = 1
	for m := 400; m < len(counts); m++ {
		counts[m] = series.NoData
	}
	all := Origins(tr, tr.Functions[0], 10)
	if last := all[len(all)-1].Minute; last != 340 {
		t.Errorf("the last origin is at %d, want 340", last)
	}
}

// The forecasts that are scored equal those of the predictor in production.
func TestFullModelEqualsThePredictor(t *testing.T) {
	m, tr := model(t), mixed(700, rand.New(rand.NewPCG(7, 8)))
	all := Origins(tr, tr.Functions[0], 50)
	forecasts, err := m.Forecasts(all, feature.Horizons)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range all {
		var f [1]event.Forecast
		m.Full.Forecast(f[:], []event.FunctionWindow{o.Window})
		s := forecasts[len(forecasts)-1][i]
		if math.Abs(s.Cold-f[0].ExpectedCold) > 1e-9 || math.Abs(float64(s.Active[4])-float64(f[0].PActive[4])) > 1e-6 || s.Need(5)[2] != f[0].NeedQ95[4] {
			t.Fatalf("minute %d: got %v, %v, %v", o.Minute, s.Cold, s.Active[4], s.Need(5))
		}
	}
}

// Ablations are listed between the parts and the full model, in the order of the
// forecasts.
func TestPartsNameTheForecasts(t *testing.T) {
	m := model(t)
	tr := mixed(300, rand.New(rand.NewPCG(1, 2)))
	lstm := []string{GapHazard, NotAdapted, LSTMAlone}
	for _, c := range []struct {
		m    Model
		want []string
	}{
		{Model{Full: m.Full}, append(lstm, Full)},
		{Model{Full: m.Full, Ablations: append(m.Ablations, Ablation{WithoutLSTM, m.Full})}, append(lstm, ForestsAlone, WithoutLSTM, Full)},
	} {
		forecasts, err := c.m.Forecasts(Origins(tr, tr.Functions[0], 20), 1)
		if err != nil || len(forecasts) != len(c.want) || !slices.Equal(c.m.Parts(), c.want) {
			t.Errorf("%d forecasts of %v, want %v, %v", len(forecasts), c.m.Parts(), c.want, err)
		}
	}
}
