package method

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/forest"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// past is a window of the given counts, each call of half a minute.
func past(counts []int32) *event.FunctionWindow {
	w := &event.FunctionWindow{Function: "f.trace", Concurrency: 1, InFlight: -1}
	w.Counts, w.StepSeconds, w.BusySeconds = counts, 60, make([]float32, len(counts))
	for i, c := range counts {
		w.BusySeconds[i] = 30 * float32(max(c, 0))
	}
	return w
}

// timer is called every period steps, for the last time age steps ago.
func timer(n, period, age int) []int32 {
	counts := make([]int32, n)
	for i := n - 1 - age; i >= 0; i -= period {
		counts[i] = 1
	}
	return counts
}

// mixed returns a trace of one function with a period and noise.
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

// model returns the embedded model, with forests alone that were trained for a
// moment.
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
	return Model{Full: full, Less: []Variant{{ForestsAlone, alone}}}
}

// word is all that a statement says.
type word struct {
	by     string
	active [feature.Horizons]float32
	cold   float64
	need   [feature.Horizons][levels]int32
}

// words returns what every baseline and every part of the model says.
func words(t *testing.T, m Model, o Origin) []word {
	t.Helper()
	var all []word
	add := func(by string, s Statement) {
		w := word{by: by, active: s.Active, cold: s.Cold}
		for h := range w.need {
			w.need[h] = s.Need(h + 1)
		}
		all = append(all, w)
	}
	for _, b := range Baselines() {
		add(b.Name, b.State(&o.Window))
	}
	said, err := m.Statements([]Origin{o}, feature.Horizons)
	if err != nil {
		t.Fatal(err)
	}
	for i, by := range m.Parts() {
		add(by, said[i][0])
	}
	return all
}

// Property: whatever happens at or after the origin changes no statement of a
// baseline, of a part of the model or of the model as a whole.
func TestNoStatementSeesTheFuture(t *testing.T) {
	m, rng := model(t), rand.New(rand.NewPCG(1, 2))
	for range 40 {
		tr := mixed(250+rng.IntN(1500), rng)
		before := Origins(tr, tr.Functions[0], 1+rng.IntN(20))
		at := rng.IntN(len(before))
		stride := 1
		if len(before) > 1 {
			stride = before[1].Minute - before[0].Minute
		}
		want := words(t, m, before[at])
		for minute := before[at].Minute; minute < tr.Minutes; minute++ {
			tr.Functions[0].Counts[minute] = int32(rng.IntN(4)) * 1000
			if rng.IntN(9) == 0 && minute+1 < tr.Minutes {
				tr.Functions[0].Counts[minute] = series.NoData
			}
		}
		for i, got := range words(t, m, Origins(tr, tr.Functions[0], stride)[at]) {
			if got != want[i] {
				t.Fatalf("origin %d: %s depends on the future", before[at].Minute, got.by)
			}
		}
	}
}

// Property: no feature that a part of the model rests on sees the future: those
// of the network, of the refiner, of the need and of the cold starts.
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

// features returns what the parts of a model see of the counts before at.
func features(counts []int32, at int) []float32 {
	past, p := counts[:at], [feature.Horizons]float32{}
	for i := range p {
		p[i] = 0.5
	}
	all := make([]float32, feature.Segments*feature.Inputs)
	feature.Encode(all, past, 0)
	var h feature.History
	h.Read(past, 0)
	var pooled feature.GapDistribution
	for i := range pooled {
		pooled[i] = 0.1
	}
	renewal := make([]float32, feature.Horizons)
	h.Renewal(renewal, &pooled)
	all = append(all, h.Rows(make([]float32, feature.Horizons*feature.Columns), p[:], renewal)...)
	var l feature.Volume
	l.Read(past, 0)
	return append(all, l.Row(make([]float32, feature.VolumeColumns), 3, 5, 1, 2, 0)...)
}

// An origin cannot even reach what follows: its window ends there.
func TestAWindowCannotBeReslicedIntoTheFuture(t *testing.T) {
	tr := mixed(400, rand.New(rand.NewPCG(1, 2)))
	for _, o := range Origins(tr, tr.Functions[0], 13) {
		w := o.Window
		if cap(w.Counts) != len(w.Counts) || cap(w.BusySeconds) != len(w.BusySeconds) || w.End() != int64(o.Minute)*60 {
			t.Fatalf("minute %d: length %d, capacity %d, end %d", o.Minute, len(w.Counts), cap(w.Counts), w.End())
		}
	}
}

// A series that ends before its trace, as those of some regions do, has no
// origins after its end.
func TestOriginsEndWithWhatIsKnown(t *testing.T) {
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

// What is scored is what a forecast says.
func TestTheFullModelSaysWhatItForecasts(t *testing.T) {
	m, tr := model(t), mixed(700, rand.New(rand.NewPCG(7, 8)))
	all := Origins(tr, tr.Functions[0], 50)
	said, err := m.Statements(all, feature.Horizons)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range all {
		var f [1]event.Forecast
		m.Full.Forecast(f[:], []event.FunctionWindow{o.Window})
		s := said[len(said)-1][i]
		if math.Abs(s.Cold-f[0].ExpectedCold) > 1e-9 || math.Abs(float64(s.Active[4])-float64(f[0].PActive[4])) > 1e-6 || s.Need(5)[2] != f[0].NeedQ95[4] {
			t.Fatalf("minute %d: stated %v, %v, %v", o.Minute, s.Cold, s.Active[4], s.Need(5))
		}
	}
}

// A training without some parts speaks where it is there.
func TestPartsAreThoseThatAreThere(t *testing.T) {
	m := model(t)
	tr := mixed(300, rand.New(rand.NewPCG(1, 2)))
	lstm := []string{GapHazard, NotAdapted, LSTMAlone}
	for _, c := range []struct {
		m    Model
		want []string
	}{
		{Model{Full: m.Full}, append(lstm, Full)},
		{Model{Full: m.Full, Less: append(m.Less, Variant{WithoutLSTM, m.Full})}, append(lstm, ForestsAlone, WithoutLSTM, Full)},
	} {
		said, err := c.m.Statements(Origins(tr, tr.Functions[0], 20), 1)
		if err != nil || len(said) != len(c.want) || !slices.Equal(c.m.Parts(), c.want) {
			t.Errorf("%d parts %v, want %v, %v", len(said), c.m.Parts(), c.want, err)
		}
	}
}
