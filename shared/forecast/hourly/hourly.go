// Package hourly forecasts the cold starts of the next hour from the last hours.
//
// A function is read from its calls in steps of a minute, three to six hours of
// them. What counts as a cold start is decided by a keep-alive of
// forecast.KeepAlive steps. The forecast is made in three steps:
//
//  1. A small LSTM reads one vector per hour and predicts the cold starts of the
//     next one.
//  2. Its head is adapted to the function in closed form, by what it got wrong in
//     the hours before (Adaptation of package forecast).
//  3. Boosted trees predict the same from the gaps between calls and from a
//     renewal process of them. Both predictions are averaged, with a weight that
//     was fitted on functions that neither has seen.
//
// A series, such as that of a region, is read from its cold starts in steps of an
// hour. It has the first two steps only. It is read in logarithms relative to its
// recent mean, so that what was learned from one region applies to a larger or
// smaller one.
//
// Both kinds need at least three hours; with less, the error is
// forecast.ErrNoData. The cold starts of a second replica that a burst needs are
// not counted. Package models/train/hourlyfit trains the parts.
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

// MinHours is the shortest history of a forecast, MaxHours the longest one that
// the network and the forest read.
const (
	MinHours = 3
	MaxHours = 6
)

// MaxColdStarts is the largest number of cold starts of one replica in an hour:
// one, and another after each keep-alive.
const MaxColdStarts = (Hour + forecast.KeepAlive) / (forecast.KeepAlive + 1)

// Model holds the trained parts of a Predictor.
type Model struct {
	Function     *lstm.Network[float32] // Inputs to the cold starts of the next hour
	Series       *lstm.Network[float32] // SeriesInputs to log1p of the next hour above the recent mean
	Adapt        forecast.Adaptation    // of Function
	SeriesAdapt  forecast.Adaptation    // of Series
	Gaps         Gaps                   // of the functions trained on
	Forest       *forest.Forest         // rows of Columns to the cold starts of the next hour
	ForestWeight float32                // of the forest beside the network, 0 to 1
}

// Expected holds the expected number of cold starts in the next hour, by the
// parts of a model.
type Expected struct {
	Plain    float64 // by the network as trained
	Adapted  float64 // by the network adapted to the function or series
	Refined  float64 // by the model: the forecast
	Renewal  float64 // by the own gaps alone, smoothed by the pooled ones; 0 for a series
	Evidence int     // active steps of a function, or known hours of a series
}

// Predictor makes forecasts. It is safe for concurrent use.
type Predictor struct {
	model   *Model
	version string
	readers sync.Pool // of *Reader
}

// New returns a predictor of the given parts. An error names the part that does
// not fit.
func New(m *Model, version string) (*Predictor, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("hourly: %w", err)
	}
	p := &Predictor{model: m, version: version}
	p.readers.New = func() any { return NewReader(m) }
	return p, nil
}

// Version returns the version that was passed to New, which is for a loaded model
// the first 12 hexadecimal digits of the SHA-256 of its file.
func (p *Predictor) Version() string { return p.version }

// Function returns the expected cold starts of the hour after w, whose steps
// are the calls of a function in minutes. It reads the last MaxHours hours. The
// error wraps forecast.ErrNoData if w is shorter than MinHours or has fewer than
// forecast.MinKnown known steps, and series.ErrWindow if w is not valid.
func (p *Predictor) Function(w series.Window) (Expected, error) {
	if err := w.Validate(); err != nil {
		return Expected{}, err
	}
	w = w.Tail(MaxHours * Hour)
	if len(w.Counts) < MinHours*Hour || w.Known() < forecast.MinKnown {
		return Expected{}, fmt.Errorf("%w: at least %d steps are needed, %d of them known, had: %d and %d",
			forecast.ErrNoData, MinHours*Hour, forecast.MinKnown, len(w.Counts), w.Known())
	}
	r := p.readers.Get().(*Reader)
	defer p.readers.Put(r)
	return r.function(w.Counts, feature.Phase(w.Start, w.StepSeconds)), nil
}

// Series returns the expected cold starts of the hour after w, whose steps are
// cold starts in hours. The network reads the last MaxHours hours and those a day
// before; adaptation uses the last week. The error wraps forecast.ErrNoData if
// fewer than MinHours hours are known, or the last one is not, and
// series.ErrWindow if w is not valid.
func (p *Predictor) Series(w series.Window) (Expected, error) {
	if err := w.Validate(); err != nil {
		return Expected{}, err
	}
	if known := w.Known(); known < MinHours || w.Counts[len(w.Counts)-1] == series.NoData {
		return Expected{}, fmt.Errorf("%w: at least %d hours are needed and the last one, had: %d", forecast.ErrNoData, MinHours, known)
	}
	r := p.readers.Get().(*Reader)
	defer p.readers.Put(r)
	return r.Series(w.Counts), nil
}
