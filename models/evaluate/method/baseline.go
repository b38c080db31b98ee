package method

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Baseline makes statements from a window alone.
type Baseline struct {
	Name  string
	State func(w *event.FunctionWindow) Statement

	// NeedOnly says that nothing is stated of activity and cold starts.
	NeedOnly bool
}

// Baselines returns all of them.
func Baselines() []Baseline {
	return []Baseline{
		{"zero", func(*event.FunctionWindow) Statement { return Statement{} }, false},
		{"last value", lastValue, false},
		{"moving average, 1 h", movingAverage, false},
		{"seasonal naive, 1 h", seasonalNaive, false},
		{"exponential smoothing", exponentialSmoothing, false},
		{"Croston", croston, false},
		{"TSB", tsb, false},
		{"ridge on own lags", ridge, false},
		{"most of 10 minutes", mostOfTen, true},
		{"own quantiles of 3 h", ownQuantiles, true},
	}
}

// smoothing is the weight of the newest value in the smoothed baselines.
const smoothing = 0.1

// season is the period of the seasonal naive forecast in steps.
const season = 60

// The hours that cold starts per hour are taken from: the last one, or as much
// of the last three as leaves room for a keep-alive before them.
const (
	lastHour = 1
	allHours = 2.75
)

// lastValue repeats the last known step and its need, and the cold starts of
// the last hour.
func lastValue(w *event.FunctionWindow) Statement {
	s := Statement{Cold: coldPerHour(w.Counts, lastHour), own: alike(0)}
	for i := len(w.Counts) - 1; i >= 0; i-- {
		if c := w.Counts[i]; c > 0 {
			s.fill(1)
			s.own = alike(series.Need(c, w.MeanDuration(), float64(w.StepSeconds), w.Concurrency))
		}
		if w.Counts[i] != series.NoData {
			break
		}
	}
	return s
}

// movingAverage states the share of active steps in the last hour.
func movingAverage(w *event.FunctionWindow) Statement {
	active, known := 0, 0
	for _, c := range w.Tail(60).Counts {
		if c >= 0 {
			known++
		}
		if c > 0 {
			active++
		}
	}
	return flat(w, float64(active)/max(1, float64(known)))
}

// seasonalNaive repeats the last hour, and its cold starts.
func seasonalNaive(w *event.FunctionWindow) Statement {
	s := Statement{Cold: coldPerHour(w.Counts, lastHour), needs: activeNeeds(w)}
	for t := range s.Active {
		if at := len(w.Counts) - season + t%season; at >= 0 && w.Counts[at] > 0 {
			s.Active[t] = 1
		}
	}
	return s
}

// exponentialSmoothing smooths the counts and takes calls as Poisson: p = 1 -
// exp(-rate).
//
// Source: Brown, "Statistical Forecasting for Inventory Control", 1959.
func exponentialSmoothing(w *event.FunctionWindow) Statement {
	rate := 0.0
	for _, c := range w.Counts {
		if c >= 0 {
			rate += smoothing * (float64(c) - rate)
		}
	}
	return flat(w, 1-math.Exp(-rate))
}

// croston smooths the gaps between calls, after each call; p is one over the
// gap.
//
// Source: Croston, "Forecasting and Stock Control for Intermittent Demands",
// Operational Research Quarterly 23(3), 1972.
func croston(w *event.FunctionWindow) Statement {
	gap, since := 0.0, 0.0
	for _, c := range w.Counts {
		if since++; c > 0 {
			if gap == 0 {
				gap = since
			}
			gap += smoothing * (since - gap)
			since = 0
		}
	}
	if gap == 0 {
		return flat(w, 0)
	}
	return flat(w, 1/gap)
}

// tsb smooths activity itself, at every step, so that it fades in silence.
//
// Source: Teunter, Syntetos, Babai, "Intermittent demand", European Journal of
// Operational Research 214(3), 2011.
func tsb(w *event.FunctionWindow) Statement {
	p := 0.0
	for _, c := range w.Counts {
		if c >= 0 {
			p += smoothing * (outcome(c) - p)
		}
	}
	return flat(w, p)
}

const (
	ridgeLags   = 20  // steps that the regression looks back
	ridgeWeight = 1.0 // of the penalty
)

// ridge regresses activity at each horizon on that of the last steps, over the
// function's own last three hours.
func ridge(w *event.FunctionWindow) Statement {
	counts := w.Tail(feature.Steps).Counts
	n := len(counts) - ridgeLags - feature.Horizons
	if n < ridgeLags {
		return movingAverage(w)
	}
	x, y := mat.NewDense(n, ridgeLags+1, nil), mat.NewDense(n, feature.Horizons, nil)
	for i := range n {
		x.SetRow(i, lags(counts[:i+ridgeLags]))
		for t := range feature.Horizons {
			y.Set(i, t, outcome(counts[i+ridgeLags+t]))
		}
	}
	p, ok := regress(x, y, lags(counts))
	if !ok {
		return movingAverage(w)
	}
	s := Statement{needs: activeNeeds(w)}
	for t := range s.Active {
		s.Active[t] = float32(min(max(p.At(0, t), 0), 1))
	}
	s.Cold = forecast.ExpectedCold(s.Active[:], counts)
	return s
}

// regress fits y to x, whose last column is ones, with a penalty on the other
// weights, and returns what follows from the row now.
func regress(x, y *mat.Dense, now []float64) (*mat.Dense, bool) {
	var gram mat.SymDense
	var right, weights, p mat.Dense
	gram.SymOuterK(1, x.T())
	for i := range ridgeLags {
		gram.SetSym(i, i, gram.At(i, i)+ridgeWeight)
	}
	gram.SetSym(ridgeLags, ridgeLags, gram.At(ridgeLags, ridgeLags)+1e-6)
	right.Mul(x.T(), y)
	var chol mat.Cholesky
	if !chol.Factorize(&gram) || chol.SolveTo(&weights, &right) != nil {
		return nil, false
	}
	p.Mul(mat.NewDense(1, ridgeLags+1, now), &weights)
	return &p, true
}

// lags returns the activity of the last steps of counts, and a one.
func lags(counts []int32) []float64 {
	row := make([]float64, ridgeLags+1)
	for i, c := range counts[len(counts)-ridgeLags:] {
		row[i] = outcome(c)
	}
	row[ridgeLags] = 1
	return row
}

// flat states one probability for all horizons, and the cold starts per hour
// of the last hours.
func flat(w *event.FunctionWindow, p float64) Statement {
	s := Statement{Cold: coldPerHour(w.Counts, allHours), needs: activeNeeds(w)}
	s.fill(float32(min(max(p, 0), 1)))
	return s
}

func (s *Statement) fill(p float32) {
	for t := range s.Active {
		s.Active[t] = p
	}
}

// coldPerHour returns the cold starts per hour over the last hours of counts,
// 0 where they are unknown. A keep-alive must lie before them.
func coldPerHour(counts []int32, hours float64) float64 {
	at := len(counts) - int(hours*60)
	if at < forecast.KeepAlive {
		return 0
	}
	cold, _ := forecast.ColdStarts(counts[:at], counts[at:])
	return float64(cold) / hours
}

func outcome(count int32) float64 {
	if count > 0 {
		return 1
	}
	return 0
}
