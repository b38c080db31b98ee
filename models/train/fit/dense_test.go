package fit

import (
	"slices"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// The rows of the dense network and of the refiner are of the same horizons and have
// the same outcomes, in whichever part they were collected.
func TestDenseRowsMatchThoseOfTheRefiner(t *testing.T) {
	o := small()
	sets := o.collect(untrained(o), madeUp(10), 320, source())
	n := sets.dense.Len()
	if n != len(sets.activity.y) || n < 320 {
		t.Fatalf("%d rows of the dense network, %d of the refiner", n, len(sets.activity.y))
	}
	row, varying, shared := make([]float64, feature.VaryingColumns+feature.SharedColumns), make([]float32, feature.VaryingColumns), make([]float32, feature.SharedColumns)
	const own = feature.SharedColumns - feature.CountColumns
	for i := range n {
		active := sets.dense.Read(row, i)
		if active != (sets.activity.y[i] == 1) {
			t.Fatalf("row %d: outcome %v, of the refiner %v", i, active, sets.activity.y[i])
		}
		feature.DenseRows(varying, shared, sets.activity.x[i*feature.Columns:(i+1)*feature.Columns], nil)
		for j, v := range append(varying, shared[:own]...) {
			if row[j] != float64(v) {
				t.Fatalf("row %d: input %d is %v, of the refiner's row %v", i, j, row[j], v)
			}
		}
	}
}

func TestStepsWithoutDataAreNotPicked(t *testing.T) {
	future := slices.Repeat([]int32{1}, feature.Horizons)
	if got := pick(future, source()); len(got) != horizonsPerExample || !slices.Contains(got, 0) {
		t.Errorf("picked %v", got)
	}
	for i := range future {
		future[i] = series.NoData
	}
	if got := pick(future, source()); len(got) != 0 {
		t.Errorf("picked %v of an unknown future", got)
	}
}

// With an LSTM of weights 0, the dense network still learns from the counts.
func TestWithoutLSTMTheOthersAreTrained(t *testing.T) {
	o := small()
	o.WithoutLSTM = true
	m, err := Train(t.Context(), o, madeUp(40), &memory{})
	if err != nil {
		t.Fatal(err)
	}
	isNotZero := func(p float32) bool { return p != 0 }
	if slices.ContainsFunc(m.Network.Params(), isNotZero) || m.Adapt != (forecast.Adaptation{}) {
		t.Errorf("the LSTM has weights other than 0, or is adapted by %+v", m.Adapt)
	}
	if !slices.ContainsFunc(m.Dense.Params(), isNotZero) || m.Stack.Dense == 0 {
		t.Errorf("the dense network has weights of 0, or counts with a weight of %v", m.Stack.Dense)
	}
}

// The counts in a row are those before the origin. The counts after it are much
// larger here and occur in no row.
func TestDenseRowsHoldTheHistoryAlone(t *testing.T) {
	tasks, o := []Task{{Name: "f", Counts: make([]int32, span)}}, small()
	for i := range tasks[0].Counts {
		tasks[0].Counts[i] = int32(1 + i%7)
		if i >= feature.Steps {
			tasks[0].Counts[i] = 1000
		}
	}
	o.Timers = 0
	set := o.collect(untrained(o), tasks, 64, source()).dense
	row := make([]float64, feature.VaryingColumns+feature.SharedColumns)
	for i := range set.Len() {
		set.Read(row, i)
		counts := row[feature.VaryingColumns+feature.SharedColumns-feature.CountColumns:]
		if counts[0] == 0 || slices.Max(counts) > 3 { // 7 is squashed to 3
			t.Fatalf("row %d has counts %v", i, counts)
		}
	}
}
