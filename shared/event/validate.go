package event

import (
	"errors"
	"fmt"
	"math"

	"prewarm/shared/series"
)

// ErrPayload is wrapped by every error about the content of a message.
var ErrPayload = errors.New("event: invalid payload")

// MaxModelName bounds the name of a replica model, which may be a function's.
const MaxModelName = 127

// maxRecent bounds the recent needs that travel with a forecast.
const maxRecent = 240

// Validate checks a batch of windows that came from outside.
func (w *Windows) Validate() error {
	if err := checkBatch("windows", len(w.Windows)); err != nil {
		return err
	}
	var seen once
	for i := range w.Windows {
		if err := errors.Join(w.Windows[i].validate(), seen.check(w.Windows[i].Function)); err != nil {
			return fmt.Errorf("%w: windows[%d].%w", ErrPayload, i, err)
		}
	}
	return nil
}

// once are the functions of a batch so far.
type once map[string]bool

// check refuses a function that is in the batch already: which of the two were
// to be believed is nobody's to say.
func (o *once) check(function string) error {
	if (*o)[function] {
		return fmt.Errorf("function must be in the batch once, was there before: %q", function)
	}
	if *o == nil {
		*o = once{}
	}
	(*o)[function] = true
	return nil
}

func (w *FunctionWindow) validate() error {
	if err := CheckFunction(w.Function); err != nil {
		return err
	}
	if w.InFlight < -1 {
		return fmt.Errorf("in_flight must be at least 0, or -1 for unknown, was: %d", w.InFlight)
	}
	if !(w.Concurrency > 0 && w.Concurrency <= MaxConcurrency) {
		return fmt.Errorf("concurrency must be above 0 and at most 1e6, was: %v", w.Concurrency)
	}
	if len(w.ReplicaModel) > MaxModelName {
		return fmt.Errorf("replica_model must have at most %d characters, had: %d", MaxModelName, len(w.ReplicaModel))
	}
	return w.Window.Validate()
}

// Validate checks a batch of forecasts that came from outside.
func (f *Forecasts) Validate() error {
	if err := checkBatch("forecasts", len(f.Forecasts)); err != nil {
		return err
	}
	if len(f.Model) == 0 || len(f.Model) > 128 {
		return fmt.Errorf("%w: model must have 1 to 128 characters, had: %d", ErrPayload, len(f.Model))
	}
	var seen once
	for i := range f.Forecasts {
		if err := errors.Join(f.Forecasts[i].validate(), seen.check(f.Forecasts[i].Function)); err != nil {
			return fmt.Errorf("%w: forecasts[%d].%w", ErrPayload, i, err)
		}
	}
	return nil
}

func (f *Forecast) validate() error {
	if err := CheckFunction(f.Function); err != nil {
		return err
	}
	switch {
	case f.StepSeconds < 1:
		return fmt.Errorf("step_seconds must be at least 1, was: %d", f.StepSeconds)
	case f.Origin < 0 || f.Origin%int64(f.StepSeconds) != 0:
		return fmt.Errorf("origin must be a multiple of step_seconds (%d) and not negative, was: %d", f.StepSeconds, f.Origin)
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

func (o *Observation) validate() error {
	switch {
	case o.InFlight < -1:
		return fmt.Errorf("in_flight must be at least 0, or -1 for unknown, was: %d", o.InFlight)
	case !(o.LoadRate >= 0 && o.LoadRate <= math.MaxFloat32):
		return fmt.Errorf("load_rate must be finite and at least 0, was: %v", o.LoadRate)
	case len(o.Recent) > maxRecent:
		return fmt.Errorf("recent must have at most %d steps, had: %d", maxRecent, len(o.Recent))
	case len(o.RecentLoad) != 0 && len(o.RecentLoad) != len(o.Recent):
		return fmt.Errorf("recent_load must be as long as recent (%d), was: %d", len(o.Recent), len(o.RecentLoad))
	}
	for i, n := range o.Recent {
		if n < series.NoData {
			return fmt.Errorf("recent[%d] must be at least 0, or -1 for no data, was: %d", i, n)
		}
	}
	for i, l := range o.RecentLoad {
		if v := float64(l); !(v >= 0 && v <= math.MaxInt32) {
			return fmt.Errorf("recent_load[%d] must be between 0 and %d, was: %v", i, math.MaxInt32, v)
		}
	}
	if o.Capacity != nil {
		return o.Capacity.validate()
	}
	return nil
}

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
	var below []int32
	for q, curve := range f.Need() {
		if len(curve) != want {
			return fmt.Errorf("need_q%.0f must have %d horizons, had: %d", 100*Quantiles[q], want, len(curve))
		}
		for h, n := range curve {
			if n < 0 || (below != nil && n < below[h]) {
				return fmt.Errorf("need_q%.0f[%d] must not be negative or below a lower quantile, was: %d", 100*Quantiles[q], h, n)
			}
		}
		below = curve
	}
	return nil
}

// Validate checks a batch of decisions that came from outside.
func (d *Decisions) Validate() error {
	if err := checkBatch("decisions", len(d.Decisions)); err != nil {
		return err
	}
	for i := range d.Decisions {
		if err := CheckFunction(d.Decisions[i].Function); err != nil {
			return fmt.Errorf("%w: decisions[%d].%w", ErrPayload, i, err)
		}
	}
	return nil
}

func checkBatch(field string, n int) error {
	if n < 1 || n > MaxBatch {
		return fmt.Errorf("%w: %s must have 1 to %d entries, had: %d", ErrPayload, field, MaxBatch, n)
	}
	return nil
}
