package simulate

import (
	"fmt"

	"prewarm/shared/score"
	"prewarm/shared/series"
)

// Score is the measures of one policy on a workload, without the warm-up.
type Score struct {
	Policy string `json:"policy"`
	score.Total

	// Rate is Cold / Need.
	Rate float64 `json:"rate"`

	// MeanRate and P75Rate are the mean and the 75th percentile of the
	// functions' own rates.
	MeanRate float64 `json:"mean_rate"`
	P75Rate  float64 `json:"p75_rate"`

	Functions []FunctionScore `json:"functions"` // those with Need > 0
}

// FunctionScore is the part of one function in a score.
type FunctionScore struct {
	Function string `json:"function"`
	score.Total
}

// Scorer adds up cold starts and idle time of each function, after the warm-up. It
// is a Sink.
type Scorer struct {
	workload  *Workload
	functions []FunctionScore
}

// NewScorer returns a scorer for decisions on w.
func NewScorer(w *Workload) *Scorer {
	s := &Scorer{workload: w, functions: make([]FunctionScore, len(w.Functions))}
	for f := range s.functions {
		s.functions[f].Function = w.Functions[f].Name
	}
	return s
}

// Minute implements Sink. The error means that the decisions are of another
// workload.
func (s *Scorer) Minute(m int, warm []int32) error {
	if len(warm) != len(s.functions) || m < 0 || m >= s.workload.Minutes {
		return fmt.Errorf("decisions on %d functions in minute %d; workload has %d in %d minutes", len(warm), m, len(s.functions), s.workload.Minutes)
	}
	if m < WarmUpMinutes {
		return nil
	}
	for f := range warm {
		// What was not measured is neither a cold start nor idle time.
		if s.workload.counts[f][m] != series.NoData {
			s.functions[f].Add(s.workload.step(f, m, warm[f]))
		}
	}
	return nil
}

// Score returns the sums so far under the name of a policy.
func (s *Scorer) Score(policy string) Score {
	all := Score{Policy: policy}
	var rates []float64
	for _, f := range s.functions {
		all.AddTotal(f.Total)
		if f.Need > 0 {
			all.Functions = append(all.Functions, f)
			rates = append(rates, f.Rate())
		}
	}
	if len(rates) > 0 {
		all.Rate, all.MeanRate, all.P75Rate = all.Total.Rate(), score.Mean(rates), score.Percentile(rates, 0.75)
	}
	return all
}
