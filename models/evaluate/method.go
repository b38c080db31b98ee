package main

import (
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// statement is what a method says at one origin.
type statement struct {
	active [feature.Horizons]float32 // probability of a call
	cold   float64                   // expected cold starts in the next hour
}

// method makes statements from the windows of a batch of origins, and from
// the curves of the model's parts for them.
type method struct {
	name  string
	state func(o origin, c *forecast.Curves) statement
}

func methods() []method {
	return []method{
		{"zero", func(origin, *forecast.Curves) statement { return statement{} }},
		{"last value", lastValue},
		{"moving average, 1 h", movingAverage},
		{"seasonal naive, 1 h", seasonalNaive},
		{"exponential smoothing", exponentialSmoothing},
		{"Croston", croston},
		{"TSB", tsb},
		{"ridge on own lags", ridge},
		{"own gap hazard", func(o origin, c *forecast.Curves) statement { return fromCurve(o, &c.Renewal) }},
		{"LSTM not adapted", func(o origin, c *forecast.Curves) statement { return fromCurve(o, &c.Plain) }},
		{"LSTM without forest", func(o origin, c *forecast.Curves) statement { return fromCurve(o, &c.Network) }},
		{"full", func(_ origin, c *forecast.Curves) statement { return statement{active: c.Final, cold: c.Cold} }},
	}
}

// lastValue repeats the last known step, and the cold starts of the last hour.
func lastValue(o origin, _ *forecast.Curves) statement {
	var s statement
	for i := len(o.window.Counts) - 1; i >= 0; i-- {
		if c := o.window.Counts[i]; c >= 0 {
			if c > 0 {
				fill(&s, 1)
			}
			break
		}
	}
	s.cold = coldPerHour(o.window.Counts, 1)
	return s
}

// movingAverage states the share of active steps in the last hour, and the
// cold starts per hour over the window.
func movingAverage(o origin, _ *forecast.Curves) statement {
	var s statement
	active, known := 0, 0
	for _, c := range o.window.Tail(60).Counts {
		if c >= 0 {
			known++
		}
		if c > 0 {
			active++
		}
	}
	if known > 0 {
		fill(&s, float32(active)/float32(known))
	}
	s.cold = coldPerHour(o.window.Counts, 2.75)
	return s
}

func fill(s *statement, p float32) {
	for t := range s.active {
		s.active[t] = p
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

// fromCurve states a curve, and the cold starts that follow from it if steps
// are independent.
func fromCurve(o origin, curve *[feature.Horizons]float32) statement {
	return statement{active: *curve, cold: forecast.ExpectedCold(curve[:], o.window.Counts)}
}
