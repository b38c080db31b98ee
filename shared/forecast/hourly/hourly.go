// Package hourly forecasts the cold starts of the next hour from three to six
// hours of the past. A small LSTM reads the past hour by hour and is adapted to
// the series in closed form; boosted trees say of a function what the gaps between
// its calls tell, and both words are averaged.
//
// A function is read from its calls in steps of a minute, with a keep-alive of
// forecast.KeepAlive steps. A series, such as that of a region, is read from its
// cold starts in steps of an hour, relative to its own level, so that what was
// learned on one region applies to a larger or smaller one.
package hourly

import (
	"fmt"
	"sync"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// Hour is the number of one-minute steps that one step of the network covers,
// and that is forecast.
const Hour = feature.Horizons

// MinHours is the least past of a forecast, MaxHours the longest one that the
// network and the forest look at.
const (
	MinHours = 3
	MaxHours = 6
)

// MaxColdStarts is the largest number of cold starts of one replica in an hour: one, and
// another after each keep-alive.
const MaxColdStarts = (Hour + forecast.KeepAlive) / (forecast.KeepAlive + 1)

// Model is the trained parts of a Predictor.
type Model struct {
	Function     *lstm.Network[float32] // Inputs to the cold starts of the next hour
	Series       *lstm.Network[float32] // SeriesInputs to log1p of the next hour above the level
	Adapt        forecast.Adaptation    // of Function
	SeriesAdapt  forecast.Adaptation    // of Series
	Gaps         Gaps                   // of the functions trained on
	Forest       *forest.Forest         // rows of Columns to the cold starts of the next hour
	ForestWeight float32                // weight of the forest's word beside the network's, 0 to 1
}

// Expected is the expected number of cold starts in the next hour, by the parts
// of a model.
type Expected struct {
	Plain    float64 // the network as trained
	Adapted  float64 // the network adapted to the function or series
	Refined  float64 // what the model states
	Renewal  float64 // the own gaps alone, smoothed by the pooled ones; 0 for a series
	Evidence int     // calls in the window, or known hours of a series
}

// Predictor makes forecasts. It is safe for concurrent use.
type Predictor struct {
	model   *Model
	version string
	scratch sync.Pool // of *Reader
}

// New returns a predictor of the given parts. An error names the part that does
// not fit.
func New(m *Model, version string) (*Predictor, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("hourly: %w", err)
	}
	p := &Predictor{model: m, version: version}
	p.scratch.New = func() any { return NewReader(m) }
	return p, nil
}

// Version returns the first 12 hexadecimal digits of the SHA-256 of the model
// file.
func (p *Predictor) Version() string { return p.version }

// Function returns the expected cold starts of the hour after w, whose steps
// are the calls of a function in minutes. The last MaxHours hours count. It
// returns an error that wraps forecast.ErrNoData where w is shorter than
// MinHours or has fewer than forecast.MinKnown known steps, and one that wraps
// series.ErrWindow where w is not valid.
func (p *Predictor) Function(w series.Window) (Expected, error) {
	if err := w.Validate(); err != nil {
		return Expected{}, err
	}
	w = w.Tail(MaxHours * Hour)
	if len(w.Counts) < MinHours*Hour || w.Known() < forecast.MinKnown {
		return Expected{}, fmt.Errorf("%w: at least %d steps are needed, %d of them known, had: %d and %d",
			forecast.ErrNoData, MinHours*Hour, forecast.MinKnown, len(w.Counts), w.Known())
	}
	r := p.scratch.Get().(*Reader)
	defer p.scratch.Put(r)
	return r.function(w.Counts, feature.Phase(w.Start, w.StepSeconds)), nil
}

// Series returns the expected cold starts of the hour after w, whose steps are
// cold starts in hours. The network looks at the last MaxHours hours and at the
// day before; adaptation at all of w. It returns an error that wraps
// forecast.ErrNoData where fewer than MinHours hours are known, or the last one
// is not, and one that wraps series.ErrWindow where w is not valid.
func (p *Predictor) Series(w series.Window) (Expected, error) {
	if err := w.Validate(); err != nil {
		return Expected{}, err
	}
	if known := w.Known(); known < MinHours || w.Counts[len(w.Counts)-1] == series.NoData {
		return Expected{}, fmt.Errorf("%w: at least %d hours are needed and the last one, had: %d", forecast.ErrNoData, MinHours, known)
	}
	r := p.scratch.Get().(*Reader)
	defer p.scratch.Put(r)
	return r.series(w.Counts), nil
}
