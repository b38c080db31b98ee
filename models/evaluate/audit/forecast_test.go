package audit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/models/evaluate/metric"
)

// handRow returns a row with a scaler from 0 to 4.
func handRow(series int, late bool, target float64, history ...float64) row {
	return row{series: series, late: late, history: [lookBack]float64(history), target: target, span: 4}
}

// A forecast in units of the scaler is compared in cold starts as low + span times
// it. The first row is revealed: its target is above the look-back.
func TestScoreInColdStartsAndScaled(t *testing.T) {
	late := predictedRows{[]row{handRow(0, true, 4, 0, 1, 2), handRow(0, true, 2, 1, 2, 3)}, []float64{0.5, 0.5}}
	s := ProtocolScores{Protocol: Protocol{ScalerSeesTarget: true}}
	s.score(late, []float64{1, 0.75}, rand.New(rand.NewPCG(1, 2)))
	if s.N != 2 || s.Revealed != 0.5 || s.Sample != (SmallSample{}) {
		t.Errorf("got %+v", s)
	}
	for name, c := range map[string]struct {
		got  metric.Accuracy
		rmse float64
	}{
		"in cold starts": {s.Errors, math.Sqrt(0.5)},     // 4 and 3 instead of 4 and 2
		"scaled":         {s.Scaled, math.Sqrt(0.03125)}, // 1 and 0.75 instead of 1 and 0.5
		"network":        {s.Network, math.Sqrt(2)},      // 2 and 2
		"mean":           {s.Mean, math.Sqrt(4.5)},       // 1 and 2
	} {
		if math.Abs(c.got.RMSE-c.rmse) > 1e-9 {
			t.Errorf("%s: %+v, want RMSE %v", name, c.got, c.rmse)
		}
	}
}

// The columns of the forest are the network's prediction and the scaled look-back.
func TestFeaturesAreScaled(t *testing.T) {
	p := predictedRows{[]row{handRow(0, false, 1, 0, 1, 2), handRow(1, false, 1, 4, 3, 2)}, []float64{0.125, 0.25}}
	if got, want := p.features(), []float32{0.125, 0, 0.25, 0.5, 0.25, 1, 0.75, 0.5}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Only adjacent rows of the same series are one group.
func TestRowsAreDividedBySeries(t *testing.T) {
	var sizes []int
	for _, s := range bySeries([]row{{series: 3}, {series: 3}, {series: 1}, {series: 3}}) {
		sizes = append(sizes, len(s))
	}
	if !slices.Equal(sizes, []int{2, 1, 1}) {
		t.Errorf("got groups of %v rows", sizes)
	}
	if none := bySeries(nil); none != nil {
		t.Errorf("without rows: %v", none)
	}
}

// Adaptation to one series leaves no trace: predicted alone or after another
// series, the second one has the same predictions.
func TestAdaptationDoesNotReachTheNextSeries(t *testing.T) {
	var rows []row
	for i := range 20 {
		rows = append(rows, handRow(i/10, i%10 > 5, float64(i%4), float64(i%3), 1, 2))
	}
	l := metaTrain(rows, rand.New(rand.NewPCG(1, 2)))
	both, alone := l.predict(rows), l.predict(rows[10:])
	if !slices.Equal(both[10:], alone) {
		t.Errorf("after another series %v, alone %v", both[10:], alone)
	}
	if slices.Equal(both[:10], both[10:]) {
		t.Error("two different series have the same predictions")
	}
}
