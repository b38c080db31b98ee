package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// scored are the horizons at which activity is scored.
func scored() []int { return []int{1, 5, 15} }

// report is the result of an evaluation.
type report struct {
	Trace     trace.Layout `json:"trace"`
	Model     string       `json:"model"`
	Functions int          `json:"functions"`
	Origins   int          `json:"origins"`
	Stride    int          `json:"stride_minutes"`
	Hours     int          `json:"cold_start_hours"` // origins whose next hour is known
	Methods   []result     `json:"methods"`
	Need      []needScore  `json:"need"` // of the next minute
	Adapted   gain         `json:"adaptation"`
}

// gain is how much better the adapted network is than the same one without, at
// the first scored horizon.
type gain struct {
	Precision interval `json:"average_precision_above"`
	Brier     interval `json:"brier_below"`
}

// result is what one method scored.
type result struct {
	Name     string     `json:"name"`
	Activity []activity `json:"activity"`
	Cold     cold       `json:"next_hour_cold_starts"`
	// How much better the full model is at the first scored horizon; of the
	// full model itself these are 0.
	Precision interval `json:"full_average_precision_above"`
	Brier     interval `json:"full_brier_below"`
}

type activity struct {
	Horizon          int     `json:"horizon_minutes"`
	N                int     `json:"n"`
	BaseRate         float64 `json:"base_rate"` // share of active cases
	AveragePrecision float64 `json:"average_precision"`
	Brier            float64 `json:"brier"`
	CalibrationError float64 `json:"calibration_error"`
}

type cold struct {
	RMSE   float64 `json:"rmse"`
	R2     float64 `json:"r2"`
	Within float64 `json:"within_half"`
}

// tally gathers what a method said.
type tally struct {
	activity []claims // per scored horizon
	cold     amounts
}

func score(p *forecast.Predictor, t *trace.Trace, functions []trace.Function, stride int) (*report, error) {
	ms := methods()
	tallies := make([]tally, len(ms))
	for i := range tallies {
		tallies[i].activity = make([]claims, len(scored()))
	}
	r := &report{Trace: t.Layout, Model: p.Version(), Functions: len(functions), Stride: stride}
	var need needTally
	for at, f := range functions {
		all := origins(t, f, stride)
		need.take(p, all, f.Duration)
		r.Origins += len(all)
		curves, err := partsOf(p, all)
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", f.Name, err)
		}
		for i, o := range all {
			for k, m := range ms {
				tallies[k].take(at, m.state(o, &curves[i]), o)
			}
		}
	}
	r.Hours = len(tallies[0].cold.came)
	if r.Hours == 0 {
		return nil, errors.New("no hour of the trace is known as a whole")
	}
	for k, m := range ms {
		r.Methods = append(r.Methods, tallies[k].result(m.name))
	}
	r.compare(tallies)
	r.Need = need.scores()
	return r, nil
}

// compare fills in how much better the full model, which is the last method,
// is than each, and the adapted network, which is the one before, than the one
// before that.
func (r *report) compare(tallies []tally) {
	full := tallies[len(tallies)-1].activity[0].sorted()
	for k := range r.Methods {
		rng := rand.New(rand.NewPCG(1, 0)) // the same samples for every method
		m := &r.Methods[k]
		m.Precision, m.Brier = full.against(tallies[k].activity[0].sorted(), r.Functions, rng)
	}
	adapted, plain := tallies[len(tallies)-2].activity[0].sorted(), tallies[len(tallies)-3].activity[0].sorted()
	r.Adapted.Precision, r.Adapted.Brier = adapted.against(plain, r.Functions, rand.New(rand.NewPCG(1, 0)))
}

// partsOf returns the curves of the model's parts at every origin.
func partsOf(p *forecast.Predictor, all []origin) ([]forecast.Curves, error) {
	windows := make([]event.FunctionWindow, len(all))
	for i, o := range all {
		windows[i] = o.window
		windows[i].Function = "f.trace" // names of traces are not those of functions
	}
	curves := make([]forecast.Curves, len(all))
	return curves, errors.Join(p.Parts(curves, windows)...)
}

// take scores a statement by what came.
func (y *tally) take(function int, s statement, o origin) {
	for k, horizon := range scored() {
		if c := o.future[horizon-1]; c != series.NoData {
			y.activity[k].add(function, s.active[horizon-1], c > 0)
		}
	}
	if n, ok := forecast.ColdStarts(o.window.Counts, o.future); ok {
		y.cold.add(s.cold, float64(n))
	}
}

func (y *tally) result(name string) result {
	r := result{Name: name}
	for k, horizon := range scored() {
		c := &y.activity[k]
		a := activity{Horizon: horizon, N: len(c.p), AveragePrecision: c.averagePrecision(), Brier: c.brier(), CalibrationError: c.calibrationError()}
		for _, active := range c.active {
			a.BaseRate += outcome(active) / float64(len(c.p))
		}
		r.Activity = append(r.Activity, a)
	}
	r.Cold.RMSE, r.Cold.R2, r.Cold.Within = y.cold.errors()
	return r
}

// markdown writes the two tables of the report.
func (r *report) markdown(w io.Writer) error {
	out := &writer{w: w}
	out.printf("### %s: %d functions of the test split, %d origins, model %s\n\n", r.Trace, r.Functions, r.Origins, r.Model)
	out.printf("| activity |")
	for _, a := range r.Methods[0].Activity {
		out.printf(" AP +%d | Brier +%d | ECE +%d |", a.Horizon, a.Horizon, a.Horizon)
	}
	out.printf("\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, m := range r.Methods {
		out.printf("| %s |", m.Name)
		for _, a := range m.Activity {
			out.printf(" %.4f | %.4f | %.4f |", a.AveragePrecision, a.Brier, a.CalibrationError)
		}
		out.printf("\n")
	}
	out.printf("\n%d cases per horizon, share of active ones %.4f.\n\n", r.Methods[0].Activity[0].N, r.Methods[0].Activity[0].BaseRate)
	out.printf("| next-hour cold starts | RMSE | R2 | within 0.5 |\n|---|---|---|---|\n")
	for _, m := range r.Methods {
		out.printf("| %s | %.3f | %.3f | %.1f %% |\n", m.Name, m.Cold.RMSE, m.Cold.R2, 100*m.Cold.Within)
	}
	out.printf("\nN = %d hours.\n\n", r.Hours)
	out.printf("| full model at +%d against | AP higher by | 95 %% interval | Brier lower by | 95 %% interval |\n|---|---|---|---|---|\n", scored()[0])
	for _, m := range r.Methods[:len(r.Methods)-1] {
		out.difference(m.Name, m.Precision, m.Brier)
	}
	out.difference("(LSTM adapted against not adapted)", r.Adapted.Precision, r.Adapted.Brier)
	out.printf("\nIntervals: %d bootstrap samples of the functions.\n", draws)
	out.printf("\n| need at +1, pinball loss at level |")
	for _, level := range event.Quantiles {
		out.printf(" %g |", level)
	}
	out.printf("\n|---|---|---|---|---|\n")
	for _, m := range r.Need {
		out.printf("| %s |", m.Name)
		for _, loss := range m.Pinball {
			out.printf(" %.4f |", loss)
		}
		out.printf("\n")
	}
	return out.err
}

func (w *writer) difference(name string, p, b interval) {
	w.printf("| %s | %.4f | %.4f to %.4f | %.4f | %.4f to %.4f |\n", name, p.Difference, p.Low, p.High, b.Difference, b.Low, b.High)
}

// writer keeps the first error.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) printf(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.w, format, args...)
	}
}
