package main

import (
	"math/rand/v2"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/rate"
	"prewarm/shared/trace"
)

// draws is the number of bootstrap samples.
const draws = 400

// result is the figures of one experiment.
type result struct {
	Trace       trace.Layout   `json:"trace"`
	Attribution string         `json:"attribution"`
	Protocol    string         `json:"protocol"`
	Functions   int            `json:"functions"`
	Origins     int            `json:"origins"`
	Stride      int            `json:"stride_minutes"`
	Seeds       int            `json:"seeds"`
	Hours       int            `json:"cold_start_hours"` // origins whose next hour is known
	Cases       int            `json:"cases_at_first_horizon"`
	BaseRate    float64        `json:"base_rate_at_first_horizon"` // share of active cases
	Methods     []methodResult `json:"methods"`                    // the full model is the last
	Need        []need         `json:"need"`                       // of the next minute
	Adapted     []gain         `json:"adaptation"`                 // of the LSTM, per scored horizon
	Classes     []classResult  `json:"rate_classes"`
	Sparse      coldTable      `json:"sparse_functions"`

	claims []*said // what the plots are drawn from
	cases  metric.Outcomes
}

// methodResult is what one method scored: means over the seeds.
type methodResult struct {
	Name     string     `json:"name"`
	Activity []activity `json:"activity"` // per scored horizon
	Cold     cold       `json:"next_hour_cold_starts"`
}

// activity is the scores of claims of activity at one horizon.
type activity struct {
	Horizon          int     `json:"horizon_minutes"`
	AveragePrecision float64 `json:"average_precision"`
	Brier            float64 `json:"brier"`
	CalibrationError float64 `json:"calibration_error"`

	// The standard deviation over the seeds, 0 of a single one.
	PrecisionSpread float64 `json:"average_precision_sd"`
	BrierSpread     float64 `json:"brier_sd"`

	// How much better the full model is; 0 of itself.
	Full gain `json:"full"`

	precision, brier metric.Statistic
}

// gain is how much better one method states activity than another.
type gain struct {
	Precision metric.Interval `json:"average_precision_above"`
	Brier     metric.Interval `json:"brier_below"`
}

// cold is the scores of the cold starts of the next hour.
type cold struct {
	N      int     `json:"n"`
	RMSE   float64 `json:"rmse"`
	R2     float64 `json:"r2"`
	Within float64 `json:"within_half"`

	RMSESpread float64         `json:"rmse_sd"` // over the seeds
	FullR2     metric.Interval `json:"full_r2_above"`

	r2 metric.Statistic
}

// coldTable is the cold starts of some of the functions.
type coldTable struct {
	Functions int    `json:"functions"`
	Methods   []cold `json:"methods"` // in the order of result.Methods
}

// need is the mean losses of the quantiles that one method states of the next
// minute's need.
type need struct {
	Name    string    `json:"name"`
	Pinball []float64 `json:"pinball"` // at event.Quantiles
	CRPS    float64   `json:"crps"`
}

// classResult is the scores of the functions of one rate class at the first
// scored horizon, in the order of result.Methods.
type classResult struct {
	Class    string     `json:"active_minutes_a_day"`
	BaseRate float64    `json:"base_rate"`
	Activity []activity `json:"activity"`
	Cold     coldTable  `json:"next_hour_cold_starts"`
}

// result computes all figures of an experiment.
func (a *outcomes) result(e experiment, protocol string) *result {
	r := &result{
		Trace: e.trace.Layout, Attribution: e.trace.Layout.Attribution(), Protocol: protocol, Functions: len(a.functions),
		Origins: a.origins, Stride: e.stride, Seeds: a.seeds, Hours: a.hours(),
		Cases: len(a.active[0].Active), BaseRate: a.active[0].BaseRate(), claims: a.methods, cases: a.active[0],
	}
	samples := metric.NewBootstrap(len(a.functions), a.seeds, draws, rand.New(rand.NewPCG(1, 0)))
	r.Methods = make([]methodResult, len(a.methods))
	r.Sparse = a.coldOf(samples, func(f int) bool { return !rate.Dense(a.functions[f].Counts) })
	all := a.coldOf(samples, func(int) bool { return true })
	for i, m := range a.methods {
		r.Methods[i] = methodResult{Name: m.name, Cold: all.Methods[i]}
	}
	for _, m := range slices.Concat(a.needOnly, a.methods) {
		r.Need = append(r.Need, m.need())
	}
	for k := range scored() {
		scores := a.activityOf(k, samples, nil)
		for i := range scores {
			r.Methods[i].Activity = append(r.Methods[i].Activity, scores[i])
		}
		r.Adapted = append(r.Adapted, scores[a.index(method.LSTMAlone)].above(scores[a.index(method.NotAdapted)]))
	}
	for c := range rate.Class(rate.Classes) {
		if class, ok := a.class(c, samples); ok {
			r.Classes = append(r.Classes, class)
		}
	}
	return r
}

// class returns the scores of the functions of a class; ok is false where
// there are none.
func (a *outcomes) class(c rate.Class, samples *metric.Bootstrap) (classResult, bool) {
	within := func(f int) bool { return rate.ClassOf(a.functions[f].Counts) == c }
	r := classResult{Class: c.String(), Cold: a.coldOf(samples, within)}
	if r.Cold.Functions == 0 {
		return r, false
	}
	r.Activity = a.activityOf(0, nil, within)
	r.BaseRate = a.active[0].Of(within).BaseRate()
	return r, true
}

// index returns the place of a method.
func (a *outcomes) index(name string) int {
	for i, m := range a.methods {
		if m.name == name {
			return i
		}
	}
	panic("evaluate: no method " + name)
}

// need returns the mean losses over all functions and seeds.
func (m *said) need() need {
	var sum metric.Losses
	for _, t := range m.seeds {
		for _, l := range t.need {
			sum.Join(l)
		}
	}
	pinball, crps := sum.Mean()
	return need{m.name, pinball[:], crps}
}
