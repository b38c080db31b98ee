package main

import (
	"sync"

	"gonum.org/v1/gonum/stat"

	"prewarm/models/evaluate/metric"
)

// activityOf scores the claims of all methods about the functions that keep is
// true of, nil for all; with samples, also how much better the full model is,
// which is the last method.
func (a *outcomes) activityOf(horizon int, samples *metric.Bootstrap, keep func(function int) bool) []activity {
	all := make([]activity, len(a.methods))
	var wait sync.WaitGroup
	for i, m := range a.methods {
		wait.Go(func() { all[i] = a.activityBy(m, horizon, samples, keep) })
	}
	wait.Wait()
	if samples == nil {
		return all
	}
	full := all[len(all)-1]
	for i := range all {
		all[i].Full = full.above(all[i])
	}
	return all
}

func (a *outcomes) activityBy(m *said, horizon int, samples *metric.Bootstrap, keep func(int) bool) activity {
	s := activity{Horizon: scored()[horizon]}
	ranked := make([]metric.Ranked, len(m.seeds))
	precisions, briers := make([]float64, len(m.seeds)), make([]float64, len(m.seeds))
	for i, t := range m.seeds {
		ranked[i] = metric.Rank(t.active[horizon], &a.active[horizon], keep)
		precisions[i], briers[i] = ranked[i].Scores(nil)
		s.CalibrationError += ranked[i].CalibrationError() / float64(len(m.seeds))
	}
	s.AveragePrecision, s.PrecisionSpread = meanAndSpread(precisions)
	s.Brier, s.BrierSpread = meanAndSpread(briers)
	if samples != nil {
		s.precision, s.brier = samples.Pair(len(ranked), func(times []float64, seed int) (float64, float64) {
			return ranked[seed].Scores(times)
		})
	}
	return s
}

// above returns how much better s is than o.
func (s activity) above(o activity) gain {
	return gain{s.precision.Above(o.precision), o.brier.Above(s.brier)}
}

// meanAndSpread returns mean and standard deviation, the latter 0 of one value.
func meanAndSpread(values []float64) (mean, spread float64) {
	if len(values) < 2 {
		return values[0], 0
	}
	return stat.MeanStdDev(values, nil)
}

// coldOf scores the cold starts of all methods, of the functions that keep is
// true of.
func (a *outcomes) coldOf(samples *metric.Bootstrap, keep func(function int) bool) coldTable {
	table := coldTable{Methods: make([]cold, len(a.methods))}
	var kept []int
	for f := range a.functions {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	table.Functions = len(kept)
	for i, m := range a.methods {
		table.Methods[i] = m.cold(samples, kept)
	}
	full := table.Methods[len(a.methods)-1].r2
	for i := range table.Methods {
		table.Methods[i].FullR2 = full.Above(table.Methods[i].r2)
	}
	return table
}

func (m *said) cold(samples *metric.Bootstrap, functions []int) cold {
	var c cold
	errors := make([]float64, len(m.seeds))
	for i, t := range m.seeds {
		var sum metric.Errors
		for _, f := range functions {
			sum.Join(t.cold[f], 1)
		}
		c.N, errors[i] = int(sum.N), sum.RMSE()
		c.R2 += sum.R2() / float64(len(m.seeds))
		c.Within += sum.Within() / float64(len(m.seeds))
	}
	c.RMSE, c.RMSESpread = meanAndSpread(errors)
	_, c.r2 = samples.Pair(len(m.seeds), func(times []float64, seed int) (float64, float64) {
		var sum metric.Errors
		for _, f := range functions {
			sum.Join(m.seeds[seed].cold[f], times[f])
		}
		return sum.RMSE(), sum.R2()
	})
	return c
}
