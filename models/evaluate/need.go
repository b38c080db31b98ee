package main

import (
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/series"
)

// needScore is what one method scored on the need of the next step: the mean
// pinball loss per level, in replicas,
//
//	ρ_q(d) = max(q·d, (q-1)·d),  d = need - quantile
type needScore struct {
	Name    string    `json:"name"`
	Pinball []float64 `json:"pinball"` // at event.Quantiles
}

// needMethods are what states quantiles of the next need from the recent ones,
// beside the model.
func needMethods() []string {
	return []string{"last value", "most of 10 minutes", "own quantiles of 3 h", "full"}
}

// needClaims states the quantiles of all needMethods, in order.
func needClaims(f *event.Forecast) [4][len(event.Quantiles)]float64 {
	var c [4][len(event.Quantiles)]float64
	recent := f.Recent
	sorted := slices.DeleteFunc(slices.Clone(recent), func(n int32) bool { return n == series.NoData })
	slices.Sort(sorted)
	for q, level := range event.Quantiles {
		c[0][q] = float64(max(recent[len(recent)-1], 0))
		c[1][q] = float64(max(slices.Max(recent[max(0, len(recent)-10):]), 0))
		c[2][q] = float64(sorted[int(math.Round(level*float64(len(sorted)-1)))])
		c[3][q] = float64(f.Need()[q][0])
	}
	return c
}

// needTally sums the pinball losses.
type needTally struct {
	loss [4][len(event.Quantiles)]float64
	n    float64
}

// take scores the need after every origin of one function, whose calls last so
// many seconds on average.
func (y *needTally) take(p *forecast.Predictor, all []origin, duration float64) {
	windows, forecasts := make([]event.FunctionWindow, len(all)), make([]event.Forecast, len(all))
	for i, o := range all {
		windows[i] = o.window
		windows[i].Function = "f.trace"
	}
	p.ForecastHorizons(forecasts, windows, 1)
	for i, o := range all {
		if o.future[0] == series.NoData || forecasts[i].NoData != "" {
			continue
		}
		need := float64(series.Need(o.future[0], duration, 60, 1))
		y.n++
		for m, claim := range needClaims(&forecasts[i]) {
			for q, level := range event.Quantiles {
				d := need - claim[q]
				y.loss[m][q] += max(level*d, (level-1)*d)
			}
		}
	}
}

func (y *needTally) scores() []needScore {
	var scores []needScore
	for m, name := range needMethods() {
		s := needScore{Name: name}
		for _, loss := range y.loss[m] {
			s.Pinball = append(s.Pinball, loss/max(y.n, 1))
		}
		scores = append(scores, s)
	}
	return scores
}
