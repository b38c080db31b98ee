package forecast

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Reader makes the rows that forests and dense network of a model are trained
// on, by the same steps as a forecast. The model needs neither yet. A Reader
// serves one goroutine.
type Reader struct {
	p *Predictor
	s *scratch
}

// NewReader returns a reader with network, adaptation and pooled gaps of m.
func NewReader(m *Model) *Reader {
	return &Reader{p: newPredictor(m, ""), s: newScratch(m)}
}

// Read takes in a past of one-minute steps. phase is the feature.Phase of its
// first step.
func (r *Reader) Read(past []int32, phase int) {
	w := series.Window{StepSeconds: 60, Start: int64(phase) * 60, Counts: past}
	r.s.windows = append(r.s.windows[:0], w.Tail(feature.MaxHistory))
	r.s.horizons = feature.Horizons
	r.p.runNetwork(r.s)
	r.p.readActivity(r.s, 0)
	r.s.needs.load.Read(past, phase)
}

// Activity returns the network's probability of a call at every horizon, valid
// until the next Read.
func (r *Reader) Activity() []float32 { return r.s.network[:] }

// Adapted writes to dst, feature.Horizons long, what Activity would be under an
// adaptation, and returns it. The reader's model must have none.
func (r *Reader) Adapted(dst []float32, ad Adaptation) []float32 {
	copy(dst, r.s.outputs(0)[:feature.Horizons])
	r.s.adapter.apply(dst, r.p.model.Network, ad, r.s.seatOf[0], r.s.windows[0].Counts)
	activityTo(dst, dst)
	return dst
}

// Rows writes the refiner's rows of all horizons to dst and returns it.
func (r *Reader) Rows(dst []float32) []float32 {
	return r.s.history.Rows(dst, r.s.network[:], r.s.renewal[:])
}

// DenseRows writes what the dense network reads of all horizons to varying and
// shared. rows is what Rows wrote.
func (r *Reader) DenseRows(varying, shared, rows []float32) {
	feature.DenseRows(varying, shared, rows, r.s.windows[0].Counts)
}

// ColdRow writes the row about the next hour's cold starts to dst and returns
// it. rows is what Rows wrote.
func (r *Reader) ColdRow(dst, rows []float32) []float32 {
	return coldRow(dst, rows, r.s.network[:], r.s.renewal[:], r.s.windows[0].Counts)
}

// Near returns counts near to which the need is of interest: around the mean
// of the last 30 steps, and the most of the last 10 and of all. All are 0 where
// there was no call.
func (r *Reader) TypicalCounts() [4]float64 {
	l := &r.s.needs.load
	if l.Most() == 0 {
		return [4]float64{}
	}
	return [4]float64{max(l.Most()/4, l.Mean()), l.Mean() + 1, l.MostRecent(), l.Most()}
}

// Busy reports whether most known steps of the last half hour have calls.
func (r *Reader) Busy() bool { return r.s.needs.load.ActiveShare() > 0.5 }

// LoadRow writes the row of a threshold at a knot to dst and returns it.
func (r *Reader) VolumeRow(dst []float32, threshold float64, knot int) []float32 {
	level := feature.LogMean(r.s.windows[0].Tail(feature.Steps).Counts)
	given := quantilesAt(r.s.out, level, knot)
	return r.s.needs.load.Row(dst, threshold, knot, given[1], given[3], float64(r.s.out[knot-1]))
}
