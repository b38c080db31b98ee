package simulate

import (
	"fmt"
	"math"
	"slices"
)

// Score is how a policy did on a workload, without the warm-up.
type Score struct {
	Policy string `json:"policy"`
	Cold   int64  `json:"cold_starts"`
	Need   int64  `json:"need"`                 // replica-minutes
	Idle   int64  `json:"idle_replica_minutes"` // replica-minutes

	// Rate is Cold / Need.
	Rate float64 `json:"rate"`

	// MeanRate and P75Rate are the mean and the 75th percentile, with linear
	// interpolation, of the functions' own rates.
	MeanRate float64 `json:"mean_rate"`
	P75Rate  float64 `json:"p75_rate"`

	Functions []FunctionScore `json:"functions"` // those with Need > 0
}

// FunctionScore is the share of one function.
type FunctionScore struct {
	Function string `json:"function"`
	Cold     int64  `json:"cold_starts"`
	Need     int64  `json:"need"`
	Idle     int64  `json:"idle_replica_minutes"`
}

// Rate returns the cold starts per needed replica-minute.
func (s FunctionScore) Rate() float64 { return float64(s.Cold) / float64(s.Need) }

// Scorer sums up decisions. It is a Sink.
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

// Minute implements Sink.
func (s *Scorer) Minute(m int, warm []int32) error {
	if len(warm) != len(s.functions) || m < 0 || m >= s.workload.Minutes {
		return fmt.Errorf("decisions on %d functions in minute %d; workload has %d in %d minutes", len(warm), m, len(s.functions), s.workload.Minutes)
	}
	if m < WarmUpMinutes {
		return nil
	}
	for f := range warm {
		need := s.workload.need[f][m]
		s.functions[f].Need += int64(need)
		s.functions[f].Cold += int64(max(0, need-warm[f]))
		s.functions[f].Idle += int64(max(0, warm[f]-need))
	}
	return nil
}

// Score returns the sums so far under the name of a policy.
func (s *Scorer) Score(policy string) Score {
	total := Score{Policy: policy}
	var rates []float64
	for _, f := range s.functions {
		total.Cold += f.Cold
		total.Need += f.Need
		total.Idle += f.Idle
		if f.Need > 0 {
			total.Functions = append(total.Functions, f)
			rates = append(rates, f.Rate())
		}
	}
	if total.Need > 0 {
		total.Rate = float64(total.Cold) / float64(total.Need)
		total.MeanRate, total.P75Rate = mean(rates), percentile(rates, 0.75)
	}
	return total
}

// mean returns the arithmetic mean of x, which is not empty.
func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// percentile returns the p-quantile of x, which is not empty, by linear
// interpolation between order statistics (Hyndman and Fan, type 7).
func percentile(x []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	at := p * float64(len(sorted)-1)
	low := int(math.Floor(at))
	if low+1 >= len(sorted) {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
