package event

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"prewarm/shared/series"
)

// ErrPayload is wrapped by every error about the content of a message.
var ErrPayload = errors.New("event: invalid payload")

// MaxModelName bounds the name of a replica model, which may be that of a function.
const MaxModelName = 127

// Bounds of the texts of a window, in bytes.
const (
	MaxNote      = 200
	MaxCarriesBy = 64
)

// Bounds of an Observation: its steps, and the active steps before them.
const (
	maxRecent  = 240
	MaxEarlier = 32
)

// Bounds of the steps of a forecast and of a decision. They are those of a window: whoever
// keeps steps by their number has none below 0, and no sum of them overflows.
const (
	maxStepSeconds = 86400   // one day
	maxStep        = 1 << 40 // Unix seconds: the year 36812
)

// Validate checks windows from outside. The error wraps ErrPayload.
func (w *Windows) Validate() error {
	return validateBatch("windows", len(w.Windows), func(i int) (string, error) {
		return w.Windows[i].Function, w.Windows[i].Check()
	})
}

// Validate checks forecasts from outside. The error wraps ErrPayload.
func (f *Forecasts) Validate() error {
	if len(f.Model) == 0 || len(f.Model) > 128 {
		return fmt.Errorf("%w: model must have 1 to 128 characters, had: %d", ErrPayload, len(f.Model))
	}
	return validateBatch("forecasts", len(f.Forecasts), func(i int) (string, error) {
		return f.Forecasts[i].Function, f.Forecasts[i].Check()
	})
}

// validateBatch checks the n entries of a batch with validate, which returns the
// function of an entry and what is wrong with it. A function that is in the batch twice
// is an error, because it is unknown which of its entries is right.
func validateBatch(field string, n int, validate func(i int) (function string, err error)) error {
	if err := checkLength(field, n); err != nil {
		return err
	}
	seen := make(map[string]bool, n)
	for i := range n {
		function, err := validate(i)
		if err == nil && seen[function] {
			err = fmt.Errorf("function must be in the batch once, was there before: %q", function)
		}
		if err != nil {
			return fmt.Errorf("%w: %s[%d].%w", ErrPayload, field, i, err)
		}
		seen[function] = true
	}
	return nil
}

func checkLength(field string, n int) error {
	if n < 1 || n > MaxBatch {
		return fmt.Errorf("%w: %s must have 1 to %d entries, had: %d", ErrPayload, field, MaxBatch, n)
	}
	return nil
}

// Check returns what is wrong with one window of a batch. The error names field, bound and value.
func (w *FunctionWindow) Check() error {
	if err := cmp.Or(CheckFunction(w.Function), checkCalls(w.InFlight, w.Peak, w.Queued)); err != nil {
		return err
	}
	switch {
	case len(w.Note) > MaxNote:
		return fmt.Errorf("note must have at most %d bytes, had: %d", MaxNote, len(w.Note))
	case !(w.Concurrency >= MinConcurrency && w.Concurrency <= MaxConcurrency):
		return fmt.Errorf("concurrency must be between %v and 1e6, was: %v", MinConcurrency, w.Concurrency)
	case !(w.CallsPerReplica >= 0 && w.CallsPerReplica <= math.MaxFloat32):
		return fmt.Errorf("calls_per_replica must be finite and at least 0, was: %v", w.CallsPerReplica)
	case len(w.CarriesBy) > MaxCarriesBy:
		return fmt.Errorf("carries_by must have at most %d bytes, had: %d", MaxCarriesBy, len(w.CarriesBy))
	case len(w.ReplicaModel) > MaxModelName:
		return fmt.Errorf("replica_model must have at most %d characters, had: %d", MaxModelName, len(w.ReplicaModel))
	}
	return w.Window.Validate()
}

// checkCalls checks the calls in progress and waiting of a window or an observation.
func checkCalls(inFlight, peak, queued int) error {
	return cmp.Or(checkNumber("in_flight", inFlight, -1), checkNumber("peak", peak, -1), checkNumber("queued", queued, 0))
}

// Check returns what is wrong with one forecast of a batch. The error names field, bound and
// value.
func (f *Forecast) Check() error {
	if err := CheckFunction(f.Function); err != nil {
		return err
	}
	switch {
	case f.StepSeconds < 1 || f.StepSeconds > maxStepSeconds:
		return fmt.Errorf("step_seconds must be between 1 and %d, was: %d", maxStepSeconds, f.StepSeconds)
	case f.Origin < 0 || f.Origin > maxStep || f.Origin%int64(f.StepSeconds) != 0:
		return fmt.Errorf("origin must be a multiple of step_seconds (%d), 0 to %d, was: %d", f.StepSeconds, int64(maxStep), f.Origin)
	case f.oldest() < 0:
		return fmt.Errorf("origin must be at least the %d seconds of recent and earlier, which would begin before 1970, was: %d", f.Origin-f.oldest(), f.Origin)
	case f.Evidence < 0:
		return fmt.Errorf("evidence must be at least 0, was: %d", f.Evidence)
	case !(f.ExpectedCold >= 0 && f.ExpectedCold <= Horizons):
		return fmt.Errorf("expected_cold must be between 0 and %d, was: %v", Horizons, f.ExpectedCold)
	}
	if err := f.Observation.validate(); err != nil {
		return err
	}
	return f.validateCurves()
}

// oldest returns the begin of the oldest step that was observed, in Unix seconds.
func (f *Forecast) oldest() int64 {
	steps := len(f.Recent)
	if len(f.Earlier) > 0 {
		steps = max(steps, min(f.Earlier[0].Ago, series.MaxSteps)) // a larger one is refused
	}
	return f.Origin - int64(steps)*int64(f.StepSeconds)
}

// validateCurves checks the horizon slices: their length, which is 0 without a
// forecast, the bounds of their values, and that no quantile is below a lower one.
func (f *Forecast) validateCurves() error {
	want := Horizons
	if f.NoData != "" {
		want = 0
	}
	if len(f.PActive) != want {
		return fmt.Errorf("p_active must have %d horizons, had: %d", want, len(f.PActive))
	}
	for h, p := range f.PActive {
		if v := float64(p); math.IsNaN(v) || v < 0 || v > 1 {
			return fmt.Errorf("p_active[%d] must be between 0 and 1, was: %v", h, v)
		}
	}
	below := make([]int32, want)
	for q, curve := range f.Need() {
		if len(curve) != want {
			return fmt.Errorf("need_q%.0f must have %d horizons, had: %d", 100*Quantiles[q], want, len(curve))
		}
		for h, n := range curve {
			if n < below[h] {
				return fmt.Errorf("need_q%.0f[%d] must not be negative or below a lower quantile, was: %d", 100*Quantiles[q], h, n)
			}
		}
		below = curve
	}
	return nil
}
