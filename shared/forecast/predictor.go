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

// MinKnown is the least number of steps with data that a forecast needs.
const MinKnown = 3

// ErrNoData means that a window has fewer than MinKnown steps with data. The
// policy then keeps replicas alive as without a forecast.
var ErrNoData = errors.New("forecast: not enough steps with data")

// Predictor makes forecasts. It is safe for concurrent use.
type Predictor struct {
	model    *Model
	version  string
	prefixes [feature.PhaseSteps]atomic.Pointer[zeroPrefix] // by the phase of the first step
	scratch  sync.Pool                                      // of *scratch
	memory   *memory                                        // nil for none
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

// Remember makes p keep the network's outputs for the given number of last windows, and
// as many before them, about 1.3 kB each. A window that is equal to one of them over its last
// feature.Steps steps, at the same phase, costs less: timers look the same each hour. As many
// forecasts of windows without calls are kept, which depend on length and phase alone, about
// 0.3 kB each. No forecast changes. Remember must come before the first forecast. It panics
// if windows is not positive.
func (p *Predictor) Remember(windows int) {
	if windows < 1 {
		panic(fmt.Sprintf("forecast: windows to remember must be at least 1, was: %d", windows))
	}
	p.memory = &memory{}
	p.memory.networks.size, p.memory.silences.size = windows, windows
}

// Version returns the version that was passed to New, which is for a loaded model
// the first 12 hexadecimal digits of the SHA-256 of its file.
func (p *Predictor) Version() string { return p.version }

// Forecast writes the forecast of windows[i] to dst[i], on all processors. The
// network reads the last feature.Steps steps of a window; gaps, contexts and paces
// are taken from up to feature.MaxHistory, so that a longer window improves the
// forecast of functions that are called rarely. The slices within dst are reused if
// they are large enough: a dst that is kept from one call to the next costs no
// allocation.
//
// Forecast returns nil, or one error per window. If errs[i] is not nil, dst[i] has
// no probabilities and quantiles, and the reason in NoData. errs[i] wraps ErrNoData,
// and dst[i] has the recent need and load all the same, or series.ErrWindow for a
// window that is not valid. Forecast panics if dst is shorter than windows.
func (p *Predictor) Forecast(dst []event.Forecast, windows []event.FunctionWindow) (errs []error) {
	return p.ForecastHorizons(dst, windows, feature.Horizons)
}

// ForecastHorizons is Forecast for the first horizons steps only, which costs less.
// The probabilities and quantiles equal the first ones of Forecast; ExpectedCold is
// of those steps alone, computed by the function ExpectedCold. It panics if horizons
// is not between 1 and feature.Horizons.
func (p *Predictor) ForecastHorizons(dst []event.Forecast, windows []event.FunctionWindow, horizons int) (errs []error) {
	if horizons < 1 || horizons > feature.Horizons {
		panic(fmt.Sprintf("forecast: horizons must be between 1 and %d, was: %d", feature.Horizons, horizons))
	}
	dst = dst[:len(windows)]
	failed := make([]error, len(windows))
	p.parallel(len(windows), func(s *scratch, from, to int) {
		s.horizons = horizons
		s.use(p.memory)
		p.forecast(s, dst[from:to], failed[from:to], windows[from:to])
	})
	for _, err := range failed {
		if err != nil {
			return failed
		}
	}
	return nil
}

// parallel calls work for parts of n windows, on all processors, each goroutine with
// scratch of its own.
func (p *Predictor) parallel(n int, work func(s *scratch, from, to int)) {
	processors := runtime.GOMAXPROCS(0)
	size := partSize(n, processors)
	var next atomic.Int64
	run := func() {
		s := p.scratch.Get().(*scratch)
		defer p.scratch.Put(s)
		for to := int(next.Add(int64(size))); to-size < n; to = int(next.Add(int64(size))) {
			work(s, to-size, min(n, to))
		}
	}
	var wait sync.WaitGroup
	for range min((n+size-1)/size, processors) - 1 {
		wait.Go(run)
	}
	run()
	wait.Wait()
}

// partSize returns how many of n windows a goroutine takes at a time, batch at most.
// Every processor gets the same number of parts, and the parts are of one size but for
// the last, so that no processor works on alone while the others have nothing left.
func partSize(n, processors int) int {
	perRound := batch * processors
	rounds := max(1, (n+perRound-1)/perRound)
	parts := rounds * processors
	return max(1, (n+parts-1)/parts)
}

// forecast writes the forecasts of one batch.
func (p *Predictor) forecast(s *scratch, dst []event.Forecast, errs []error, windows []event.FunctionWindow) {
	p.load(s, errs, windows)
	window := 0
	for i := range windows {
		begin(&dst[i], &windows[i])
		if errs[i] == nil || errors.Is(errs[i], ErrNoData) {
			s.observe(&dst[i], &windows[i])
		}
		if errs[i] != nil {
			dst[i].NoData = errs[i].Error()
			continue
		}
		p.foresee(s, window)
		p.write(s, &dst[i], &windows[i], window)
		window++
	}
}

// admit returns why no forecast of w can be made, nil if one can.
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
