package forecast

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Reader makes the rows that the parts after the LSTM are trained on, by the same
// steps as a forecast. A Reader serves one goroutine.
type Reader struct {
	p *Predictor
	s *scratch
}

// NewReader returns a reader with network, adaptation and pooled gaps of m, which
// needs no other parts yet.
func NewReader(m *Model) *Reader {
	return &Reader{p: newPredictor(m, ""), s: newScratch(m)}
}

// Read reads a history of one-minute steps. phase is the feature.Phase of its first
// step.
func (r *Reader) Read(history []int32, phase int) {
	w := series.Window{StepSeconds: 60, Start: int64(phase) * 60, Counts: history}
	r.s.windows = append(r.s.windows[:0], w.Tail(feature.MaxHistory))
	r.s.horizons = feature.Horizons
	r.p.runNetwork(r.s)
	r.p.readActivity(r.s, 0)
	r.s.needs.volume.Read(history, phase)
}

// Adapted writes to dst, which takes feature.Horizons, the network's probabilities of
// a call under an adaptation, and returns it. The reader's model must have none.
func (r *Reader) Adapted(dst []float32, ad Adaptation) []float32 {
	copy(dst, r.s.outputs(0)[:feature.Horizons])
	r.s.adapter.apply(dst, r.p.model.Network, ad, r.s.sequenceOf[0], r.s.windows[0].Counts)
	activityTo(dst, dst)
	return dst
}

// Rows writes the refiner's rows of all horizons to dst and returns it.
func (r *Reader) Rows(dst []float32) []float32 {
	return r.s.history.Rows(dst, r.s.network[:], r.s.renewal[:])
}

// DenseRows writes the dense network's inputs of all horizons to varying and shared.
// rows is what Rows wrote.
func (r *Reader) DenseRows(varying, shared, rows []float32) {
	feature.DenseRows(varying, shared, rows, r.s.windows[0].Counts)
}

// ColdRow writes the row about the next hour's cold starts to dst and returns
// it. rows is what Rows wrote.
func (r *Reader) ColdRow(dst, rows []float32) []float32 {
	return coldRow(dst, rows, r.s.network[:], r.s.renewal[:], r.s.windows[0].Counts)
}

// TypicalCounts returns counts at which the need is of interest: around the mean of
// the last 30 steps, and the largest of the last 10 and of all. They are 0 if there
// was no call.
func (r *Reader) TypicalCounts() [4]float64 {
	v := &r.s.needs.volume
	if v.Most() == 0 {
		return [4]float64{}
	}
	return [4]float64{max(v.Most()/4, v.Mean()), v.Mean() + 1, v.MostRecent(), v.Most()}
}

// Busy reports whether most known steps of the last half hour are active.
func (r *Reader) Busy() bool { return r.s.needs.volume.ActiveShare() > 0.5 }

// VolumeRow writes the row of a threshold at a knot to dst and returns it.
func (r *Reader) VolumeRow(dst []float32, threshold float64, knot int) []float32 {
	logMean := feature.LogMean(r.s.windows[0].Tail(feature.Steps).Counts)
	given := quantilesAt(r.s.out, logMean, knot)
	return r.s.needs.volume.Row(dst, threshold, knot, given[median], given[q95], float64(r.s.out[knot-1]))
}
