package forecast

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// MinKnown is the least number of steps with data that a forecast is made of.
const MinKnown = 3

// ErrNoData means a window with fewer than MinKnown known steps; the policy
// then behaves like keep-alive.
var ErrNoData = errors.New("forecast: not enough steps with data")

// batch is the number of windows that one matrix product takes.
const batch = 32

// Predictor makes forecasts. It is safe for concurrent use.
type Predictor struct {
	model   *Model
	version string
	silent  [feature.PhaseSteps]atomic.Pointer[silence] // by the phase of the first step
	scratch sync.Pool                                   // of *scratch
}

// New returns a predictor of the given parts. An error names the part that
// does not fit.
func New(m *Model, version string) (*Predictor, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("forecast: %w", err)
	}
	return newPredictor(m, version), nil
}

func newPredictor(m *Model, version string) *Predictor {
	p := &Predictor{model: m, version: version}
	p.scratch.New = func() any { return newScratch(m) }
	return p
}

// Version returns the first 12 hexadecimal digits of the SHA-256 of the model
// file.
func (p *Predictor) Version() string { return p.version }

// Forecast writes the forecast of windows[i] to dst[i], on all processors. The
// network looks at the last feature.Steps steps of a window; gaps between calls
// are taken from up to feature.MaxHistory, so that a longer window pays for functions
// that are called rarely. The slices within
// dst are used again where they are large enough, so that a dst kept from tick
// to tick costs no allocation.
//
// It returns nil, or one error per window: where errs[i] is not nil, dst[i]
// holds no curves and the reason in NoData. errs[i] wraps ErrNoData, and what
// was needed lately is stated still, or series.ErrWindow for a window that is
// not valid. Forecast panics if dst is
// shorter than windows.
func (p *Predictor) Forecast(dst []event.Forecast, windows []event.FunctionWindow) (errs []error) {
	return p.ForecastHorizons(dst, windows, feature.Horizons)
}

// ForecastHorizons is Forecast for the next horizons steps only, which costs
// less: the curves have that length and equal the beginning of those of
// Forecast, and ExpectedCold speaks of those steps alone. It panics if
// horizons is not between 1 and feature.Horizons.
func (p *Predictor) ForecastHorizons(dst []event.Forecast, windows []event.FunctionWindow, horizons int) (errs []error) {
	if horizons < 1 || horizons > feature.Horizons {
		panic(fmt.Sprintf("forecast: horizons must be between 1 and %d, was: %d", feature.Horizons, horizons))
	}
	dst = dst[:len(windows)]
	failed := make([]error, len(windows))
	p.parallel(len(windows), func(s *scratch, from, to int) {
		s.horizons = horizons
		p.forecast(s, dst[from:to], failed[from:to], windows[from:to])
	})
	for _, err := range failed {
		if err != nil {
			return failed
		}
	}
	return nil
}

// parallel calls work for batches of n windows, each with scratch of its own.
func (p *Predictor) parallel(n int, work func(s *scratch, from, to int)) {
	batches := (n + batch - 1) / batch
	var next atomic.Int64
	run := func() {
		s := p.scratch.Get().(*scratch)
		defer p.scratch.Put(s)
		for i := int(next.Add(1)) - 1; i < batches; i = int(next.Add(1)) - 1 {
			work(s, i*batch, min(n, (i+1)*batch))
		}
	}
	var wait sync.WaitGroup
	for range min(batches, runtime.GOMAXPROCS(0)) - 1 {
		wait.Go(run)
	}
	run()
	wait.Wait()
}

// forecast works on one batch.
func (p *Predictor) forecast(s *scratch, dst []event.Forecast, errs []error, windows []event.FunctionWindow) {
	s.windows = s.windows[:0]
	for i := range windows {
		w := &windows[i]
		if errs[i] = admit(w); errs[i] == nil {
			s.windows = append(s.windows, w.Tail(feature.MaxHistory))
		}
	}
	p.runNetwork(s)
	row := 0
	for i := range windows {
		begin(&dst[i], &windows[i])
		if errs[i] == nil || errors.Is(errs[i], ErrNoData) {
			writeRecent(&dst[i], &windows[i])
		}
		if errs[i] != nil {
			dst[i].NoData = errs[i].Error()
			continue
		}
		p.refine(s, row)
		p.write(s, &dst[i], &windows[i], row)
		row++
	}
}

// admit says why there can be no forecast of w.
func admit(w *event.FunctionWindow) error {
	if err := w.Validate(); err != nil {
		return err
	}
	if !(w.Concurrency > 0) {
		return fmt.Errorf("%w: concurrency must be above 0, was: %v", series.ErrWindow, w.Concurrency)
	}
	if known := w.Tail(feature.MaxHistory).Known(); known < MinKnown {
		return fmt.Errorf("%w: at least %d are needed, had: %d", ErrNoData, MinKnown, known)
	}
	return nil
}

// begin fills in what needs no model and empties the curves.
func begin(f *event.Forecast, w *event.FunctionWindow) {
	*f = event.Forecast{
		Function: w.Function, Origin: w.End(), StepSeconds: w.StepSeconds,
		PActive: f.PActive[:0], NeedQ50: f.NeedQ50[:0], NeedQ90: f.NeedQ90[:0], NeedQ95: f.NeedQ95[:0],
		NeedQ99:     f.NeedQ99[:0],
		Observation: event.Observation{Recent: f.Recent[:0], RecentLoad: f.RecentLoad[:0], InFlight: w.InFlight},
	}
}
