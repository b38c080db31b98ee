package hourly

import (
	"math"

	"prewarm/shared/series"
)

// SeriesInputs is the length of the vector that the network reads of one hour
// of a series.
const SeriesInputs = 5

const (
	day       = 24 // hours
	meanHours = 3  // hours that recentMean averages
	maxLog    = 21 // keeps expm1 within int32
	maxChange = 1  // bounds the difference of two logarithms: a factor of e
)

// logAt returns log1p of hour i of a series; ok is false if it is not known.
func logAt(hours []int32, i int) (v float64, ok bool) {
	if i < 0 || hours[i] == series.NoData {
		return 0, false
	}
	return math.Log1p(float64(hours[i])), true
}

// recentMean returns the mean of log1p over the known of the last meanHours hours
// up to hour i; ok is false if none is known.
func recentMean(hours []int32, i int) (mean float64, ok bool) {
	n := 0.0
	for k := i; k > i-meanHours; k-- {
		if v, ok := logAt(hours, k); ok {
			mean, n = mean+v, n+1
		}
	}
	return mean / max(1, n), n > 0
}

// encodeSeries writes the network's input of hour i to dst, which takes
// SeriesInputs. With y(i) log1p of an hour, m(i) its recentMean, and 0 for what
// is not known:
//
//	0  y(i) - m(i)
//	1  y(i) - y(i-1)
//	2  y(i+1-24) - m(i-24): the change that followed a day ago
//	3  (y(i) - m(i-1)) - (y(i-24) - m(i-25)): this hour's change less that of a day ago
//	4  1 if 2 is known
//
// All but the last are bounded to ±maxChange.
func encodeSeries(dst []float32, hours []int32, i int) {
	clear(dst[:SeriesInputs])
	now, known := logAt(hours, i)
	if !known {
		return
	}
	mean, _ := recentMean(hours, i)
	dst[0] = float32(now - mean)
	if before, ok := logAt(hours, i-1); ok {
		dst[1] = float32(now - before)
	}
	next, nextKnown := logAt(hours, i+1-day)
	dayMean, dayKnown := recentMean(hours, i-day)
	if nextKnown && dayKnown {
		dst[2], dst[4] = float32(next-dayMean), 1
	}
	then, thenKnown := logAt(hours, i-day)
	thenMean, thenMeanKnown := recentMean(hours, i-day-1)
	lastMean, lastKnown := recentMean(hours, i-1)
	if thenKnown && thenMeanKnown && lastKnown {
		dst[3] = float32(now - lastMean - (then - thenMean))
	}
	for k := range dst[:SeriesInputs] {
		dst[k] = min(max(dst[k], -maxChange), maxChange)
	}
}

// targetAt returns what the network is to predict after hour i: log1p of the
// next hour above the recent mean.
func targetAt(hours []int32, i int) (target float64, ok bool) {
	if i+1 >= len(hours) {
		return 0, false
	}
	next, ok := logAt(hours, i+1)
	mean, known := recentMean(hours, i)
	return min(max(next-mean, -maxChange), maxChange), ok && known
}

// SeriesHour writes the network's input of hour i of a series to dst, which
// takes SeriesInputs, and returns what the network is to predict after it. ok is
// false if that is not known.
func SeriesHour(dst []float32, hours []int32, i int) (target float32, ok bool) {
	encodeSeries(dst, hours, i)
	t, ok := targetAt(hours, i)
	return float32(t), ok
}

// runSeries runs the network over the last MaxHours hours up to hour i and
// returns its output. r.state is its state then.
func (r *Reader) runSeries(hours []int32, i int) float64 {
	n := r.model.Series
	r.seriesStep.Start(1)
	for k := max(0, i-MaxHours+1); k <= i; k++ {
		encodeSeries(r.x[:SeriesInputs], hours, k)
		n.Step(r.seriesStep, r.x[:SeriesInputs])
	}
	n.Head(r.out[:], r.seriesStep)
	r.seriesStep.HiddenTo(r.state)
	return float64(r.out[0])
}

// maxSupports bounds the hours that adaptation looks back at: a week.
const maxSupports = 7 * day

// Series forecasts the hour after hours, which are cold starts per hour with a
// known last one, with the network adapted to the last week.
func (r *Reader) Series(hours []int32) Expected {
	last, gain := len(hours)-1, float64(r.model.SeriesAdapt.Gain)
	if gain > 0 {
		r.seriesHead.reset(r.model.SeriesAdapt.Ridge)
		for i := max(MinHours-1, last-maxSupports); i < last; i++ {
			if target, ok := targetAt(hours, i); ok {
				predicted := r.runSeries(hours, i)
				r.seriesHead.learn(r.state, target-predicted)
			}
		}
	}
	predicted := r.runSeries(hours, last)
	mean, _ := recentMean(hours, last)
	count := func(log float64) float64 { return max(0, math.Expm1(min(log, maxLog))) }
	e := Expected{Evidence: series.Window{Counts: hours}.Known(), Plain: count(mean + predicted)}
	e.Adapted = e.Plain
	if gain > 0 {
		e.Adapted = count(mean + predicted + gain*r.seriesHead.correction(r.state))
	}
	e.Refined = e.Adapted
	return e
}
