package main

import (
	"math/rand/v2"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/shared/trace"
)

// scores are the figures of one experiment, as they stand in report.json.
type scores struct {
	Trace       trace.Layout   `json:"trace"`
	Attribution string         `json:"attribution"`
	Protocol    string         `json:"protocol"`
	Functions   int            `json:"functions"`
	Origins     int            `json:"origins"`
	Stride      int            `json:"stride_minutes"`
	History     int            `json:"history_steps"` // that every method sees, at most
	Seeds       int            `json:"seeds"`
	Hours       int            `json:"cold_start_hours"` // origins whose next hour is known
	Cases       int            `json:"cases_at_first_horizon"`
	BaseRate    float64        `json:"base_rate_at_first_horizon"` // share of active cases
	Methods     []methodScores `json:"methods"`                    // the full model is the last
	Need        []needLosses   `json:"need"`                       // of the next minute
	Adapted     []activityGain `json:"adaptation"`                 // of the LSTM, per scored horizon
	Classes     []classScores  `json:"rate_classes"`
	Sparse      coldTable      `json:"sparse_functions"`

	from *predictions // what the plots are drawn from
}

// methodScores are the scores of one method, each the mean over the seeds.
type methodScores struct {
	Name     string           `json:"name"`
	Activity []activityScores `json:"activity"` // per scored horizon
	Cold     coldScores       `json:"next_hour_cold_starts"`
}

// activityScores are the scores of the probability of a call at one horizon.
type activityScores struct {
	Horizon          int     `json:"horizon_minutes"`
	AveragePrecision float64 `json:"average_precision"`
	Brier            float64 `json:"brier"`
	CalibrationError float64 `json:"calibration_error"`

	// Standard deviations over the seeds, 0 of a single one.
	PrecisionSpread float64 `json:"average_precision_sd"`
	BrierSpread     float64 `json:"brier_sd"`

	// Full is how much better the full model is, 0 for itself.
	Full activityGain `json:"full"`

	precision, brier metric.Statistic // nil if there are no bootstrap samples
}

// activityGain is how much better one method predicts activity than another.
type activityGain struct {
	Precision metric.Interval `json:"average_precision_above"`
	Brier     metric.Interval `json:"brier_below"`
}

// coldScores are the scores of the cold starts of the next hour.
type coldScores struct {
	N int `json:"n"` // hours
	metric.Accuracy

	RMSESpread float64         `json:"rmse_sd"` // over the seeds
	FullR2     metric.Interval `json:"full_r2_above"`

	r2 metric.Statistic
}

// coldTable has the coldScores of all methods on some of the functions. Sparse
// functions have a table of their own, since dense ones hardly have cold starts and
// would hide what a method does for the others.
type coldTable struct {
	Functions int          `json:"functions"`
	Methods   []coldScores `json:"methods"` // in the order of scores.Methods
}

// needLosses are the mean losses of the quantiles of the next minute's need.
type needLosses struct {
	Name    string    `json:"name"`
	Pinball []float64 `json:"pinball"` // at event.Quantiles
	CRPS    float64   `json:"crps"`
}

// classScores are the scores on the functions of one rate class, at the first
// scored horizon and in the order of scores.Methods.
type classScores struct {
	Class    string           `json:"active_minutes_a_day"`
	BaseRate float64          `json:"base_rate"`
	Activity []activityScores `json:"activity"`
	Cold     coldTable        `json:"next_hour_cold_starts"`
}

// scores computes all figures of an experiment from its predictions. One Bootstrap
// with a fixed seed serves all comparisons: the same predictions give the same
// intervals in every run, and all methods are compared on the same samples.
func (e experiment) scores(p *predictions) *scores {
	s := &scores{
		Trace: e.trace.Layout, Attribution: e.trace.Layout.Attribution(), Protocol: e.protocol, Functions: len(p.functions),
		Origins: p.origins, Stride: e.stride, History: e.history, Seeds: p.seeds, Hours: p.hours(),
		Cases: len(p.active[0].Active), BaseRate: p.active[0].BaseRate(nil), from: p,
	}
	samples := metric.NewBootstrap(len(p.functions), p.seeds, rand.New(rand.NewPCG(1, 0)))
	s.Sparse = p.coldTable(samples, func(f int) bool { return !metric.Dense(p.functions[f].Counts) })
	all := p.coldTable(samples, func(int) bool { return true })
	for i, m := range p.methods {
		s.Methods = append(s.Methods, methodScores{Name: m.name, Cold: all.Methods[i]})
	}
	for _, m := range slices.Concat(p.needOnly, p.methods) {
		s.Need = append(s.Need, m.need())
	}
	for k := range scoredHorizons() {
		activity := p.activityScores(k, samples, nil)
		for i, a := range activity {
			s.Methods[i].Activity = append(s.Methods[i].Activity, a)
		}
		s.Adapted = append(s.Adapted, activity[s.index(method.LSTMAlone)].above(activity[s.index(method.NotAdapted)]))
	}
	// Classes without a function have no row in any table.
	for c := range metric.RateClass(metric.RateClasses) {
		if class := p.classScores(c, samples); class.Cold.Functions > 0 {
			s.Classes = append(s.Classes, class)
		}
	}
	return s
}

// index returns the position of a method in Methods, -1 if it is not there.
func (s *scores) index(name string) int {
	return slices.IndexFunc(s.Methods, func(m methodScores) bool { return m.Name == name })
}

// full returns the scores of the full model.
func (s *scores) full() methodScores { return s.Methods[len(s.Methods)-1] }

// others returns the scores of all methods but the full model.
func (s *scores) others() []methodScores { return s.Methods[:len(s.Methods)-1] }
