package method

import (
	"math"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Baseline is a method without training: it forecasts from one window alone.
type Baseline struct {
	Name     string
	Forecast func(w *event.FunctionWindow) Forecast

	// NeedOnly means that the forecasts hold neither activity nor cold starts.
	NeedOnly bool
}

// Forecasts returns the forecast at each origin.
func (b Baseline) Forecasts(origins []Origin) []Forecast {
	forecasts := make([]Forecast, len(origins))
	for i := range origins {
		forecasts[i] = b.Forecast(&origins[i].Window)
	}
	return forecasts
}

// Baselines returns all baselines.
func Baselines() []Baseline {
	return []Baseline{
		{"zero", func(*event.FunctionWindow) Forecast { return Forecast{} }, false},
		{"last value", lastValue, false},
		{"moving average, 1 h", movingAverage, false},
		{"seasonal naive, 1 h", seasonalNaive, false},
		{"exponential smoothing", exponentialSmoothing, false},
		{"Croston", croston, false},
		{"TSB", tsb, false},
		{"ridge on own lags", ridge, false},
		{"most of 10 minutes", maximumOfTen, true},
		{"own quantiles of 3 h", ownQuantiles, true},
	}
}

// smoothing is the weight of the newest value in the smoothed baselines.
const smoothing = 0.1

// season is the period of the seasonal naive forecast, in steps.
const season = 60

// Baselines take the cold starts per hour from the last hour, or from the last three
// hours without their first keep-alive.
const (
	lastHour = 1
	allHours = 2.75
)

// lastValue repeats the last known step and its need, and the cold starts of
// the last hour.
func lastValue(w *event.FunctionWindow) Forecast {
	f := Forecast{Cold: coldPerHour(w.Counts, lastHour), quantiles: certain(0)}
	needs := recentNeeds(w)
	// The last known step decides, whether it has calls or not.
	for i := len(needs) - 1; i >= 0; i-- {
		if needs[i] == series.NoData {
			continue
		}
		if w.Counts[len(w.Counts)-len(needs)+i] > 0 {
			f.fill(1)
		}
		f.quantiles = certain(needs[i])
		break
	}
	return f
}

// movingAverage forecasts the share of active steps in the last hour.
func movingAverage(w *event.FunctionWindow) Forecast {
	return atRate(w, feature.ActiveShare(w.Tail(60).Counts))
}

// seasonalNaive repeats the last hour step by step, and its cold starts.
func seasonalNaive(w *event.FunctionWindow) Forecast {
	f := Forecast{Cold: coldPerHour(w.Counts, lastHour), activeNeeds: activeNeeds(w)}
	for t := range f.Active {
		if at := len(w.Counts) - season + t%season; at >= 0 && w.Counts[at] > 0 {
			f.Active[t] = 1
		}
	}
	return f
}

// exponentialSmoothing smooths the counts and takes the calls of a step as
// Poisson distributed: p = 1 - exp(-rate).
//
// Source: Brown, "Statistical Forecasting for Inventory Control", 1959.
func exponentialSmoothing(w *event.FunctionWindow) Forecast {
	rate := 0.0
	for _, c := range w.Counts {
		if c >= 0 {
			rate += smoothing * (float64(c) - rate)
		}
	}
	return atRate(w, 1-math.Exp(-rate))
}

// croston smooths the gaps between active steps, at each active step; p is one
// over the gap. It does not depend on the time since the last call.
//
// Source: Croston, "Forecasting and Stock Control for Intermittent Demands",
// Operational Research Quarterly 23(3), 1972.
func croston(w *event.FunctionWindow) Forecast {
	gap, since := 0.0, 0.0
	for _, c := range w.Counts {
		if since++; c > 0 {
			if gap == 0 {
				// The first gap is taken as it is: smoothing from 0 would take many
				// calls to reach it.
				gap = since
			}
			gap += smoothing * (since - gap)
			since = 0
		}
	}
	if gap == 0 {
		return atRate(w, 0)
	}
	return atRate(w, 1/gap)
}

// tsb smooths activity itself, at every known step, so that the forecast decays
// while there are no calls.
//
// Source: Teunter, Syntetos, Babai, "Intermittent demand", European Journal of
// Operational Research 214(3), 2011.
func tsb(w *event.FunctionWindow) Forecast {
	p := 0.0
	for _, c := range w.Counts {
		if c >= 0 {
			p += smoothing * (metric.Indicator(c > 0) - p)
		}
	}
	return atRate(w, p)
}

// atRate forecasts the same probability of a call at all horizons, and the cold
// starts per hour of the last hours.
func atRate(w *event.FunctionWindow, p float64) Forecast {
	f := Forecast{Cold: coldPerHour(w.Counts, allHours), activeNeeds: activeNeeds(w)}
	f.fill(float32(min(max(p, 0), 1)))
	return f
}

// coldPerHour returns the cold starts per hour over the last hours of counts, 0
// if they are unknown. Before those hours the counts must cover a keep-alive,
// which decides whether the first call is a cold start.
func coldPerHour(counts []int32, hours float64) float64 {
	at := len(counts) - int(hours*60)
	if at < forecast.KeepAlive {
		return 0
	}
	cold, _ := forecast.ColdStarts(counts[:at], counts[at:])
	return float64(cold) / hours
}
