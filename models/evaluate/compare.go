package main

import (
	"sync"

	"gonum.org/v1/gonum/stat"

	"prewarm/models/evaluate/metric"
)

// activityScores scores the probabilities of all methods at one of the scored
// horizons, on the functions for which keep returns true, nil for all. With
// samples, the scores also have the gain of the full model over each method.
func (p *predictions) activityScores(horizon int, samples *metric.Bootstrap, keep func(function int) bool) []activityScores {
	all := make([]activityScores, len(p.methods))
	var wait sync.WaitGroup
	for i, m := range p.methods {
		wait.Go(func() { all[i] = m.activityScores(horizon, &p.active[horizon], samples, keep) })
	}
	wait.Wait()
	if samples == nil {
		return all
	}
	// Only after all methods are scored: the comparison needs the bootstrap values
	// of both.
	full := all[len(all)-1]
	for i := range all {
		all[i].Full = full.above(all[i])
	}
	return all
}

// activityScores scores the probabilities of one method. Rankings are made once per
// seed and scored once per bootstrap sample: sorting is the costly part.
func (m *methodPredictions) activityScores(horizon int, observed *metric.Cases, samples *metric.Bootstrap, keep func(int) bool) activityScores {
	a := activityScores{Horizon: scoredHorizons()[horizon]}
	rankings := make([]metric.Ranking, len(m.seeds))
	precisions, briers := make([]float64, len(m.seeds)), make([]float64, len(m.seeds))
	for i, s := range m.seeds {
		rankings[i] = metric.Rank(s.active[horizon], observed, keep)
		precisions[i], briers[i] = rankings[i].Scores(nil)
		a.CalibrationError += rankings[i].CalibrationError() / float64(len(m.seeds))
	}
	a.AveragePrecision, a.PrecisionSpread = meanAndSpread(precisions)
	a.Brier, a.BrierSpread = meanAndSpread(briers)
	if samples != nil {
		// A baseline has one ranking, which stands for every seed of a sample.
		a.precision, a.brier = samples.Pair(len(rankings), func(times []float64, seed int) (float64, float64) {
			return rankings[seed].Scores(times)
		})
	}
	return a
}

// above returns how much better a is than o. A lower Brier score is better.
func (a activityScores) above(o activityScores) activityGain {
	return activityGain{a.precision.Above(o.precision), o.brier.Above(a.brier)}
}

// meanAndSpread returns the mean and the sample standard deviation, which is 0 of
// a single value.
func meanAndSpread(values []float64) (mean, spread float64) {
	if len(values) < 2 {
		return values[0], 0
	}
	return stat.MeanStdDev(values, nil)
}

// coldTable scores the cold starts of all methods on the functions for which keep
// returns true. keep is called once per function: it reads the whole trace of that
// function, and the samples would call it hundreds of times.
func (p *predictions) coldTable(samples *metric.Bootstrap, keep func(function int) bool) coldTable {
	var kept []int
	for f := range p.functions {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	table := coldTable{Functions: len(kept), Methods: make([]coldScores, len(p.methods))}
	for i, m := range p.methods {
		table.Methods[i] = m.coldScores(samples, kept)
	}
	full := table.Methods[len(p.methods)-1].r2
	for i := range table.Methods {
		table.Methods[i].FullR2 = full.Above(table.Methods[i].r2)
	}
	return table
}

// coldScores scores the cold starts of one method on some of the functions.
func (m *methodPredictions) coldScores(samples *metric.Bootstrap, functions []int) coldScores {
	var c coldScores
	rmse := make([]float64, len(m.seeds))
	for i, s := range m.seeds {
		sum := metric.Sum(s.cold, functions, nil)
		a := sum.Accuracy()
		// The same hours for every seed, so N is that of any of them.
		c.N, rmse[i] = int(sum.N), a.RMSE
		c.R2 += a.R2 / float64(len(m.seeds))
		c.Within += a.Within / float64(len(m.seeds))
	}
	c.RMSE, c.RMSESpread = meanAndSpread(rmse)
	c.r2, _ = samples.Pair(len(m.seeds), func(times []float64, seed int) (float64, float64) {
		return metric.Sum(m.seeds[seed].cold, functions, times).Accuracy().R2, 0
	})
	return c
}

// need returns the mean losses of one method over all functions and seeds. Each
// minute has the same weight; functions with a large need have the largest losses.
func (m *methodPredictions) need() needLosses {
	var sum metric.LossSums
	for _, s := range m.seeds {
		for _, l := range s.need {
			sum.Join(l)
		}
	}
	pinball, crps := sum.Mean()
	return needLosses{m.name, pinball[:], crps}
}

// classScores scores all methods on the functions of a class, without bootstrap
// samples of activity: rankings of each class would take as long as all others.
func (p *predictions) classScores(c metric.RateClass, samples *metric.Bootstrap) classScores {
	within := func(f int) bool { return metric.RateClassOf(p.functions[f].Counts) == c }
	s := classScores{Class: c.String(), Cold: p.coldTable(samples, within)}
	if s.Cold.Functions > 0 {
		// At the first horizon only, on which most decisions rest.
		s.Activity = p.activityScores(0, nil, within)
		s.BaseRate = p.active[0].BaseRate(within)
	}
	return s
}
