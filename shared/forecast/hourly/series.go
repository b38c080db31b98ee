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
	levelSpan = 3  // hours that the level is the mean of
	maxLog    = 21 // keeps expm1 within int32
)

// logAt returns log1p of hour i of a series; ok is false where it is unknown.
func logAt(hours []int32, i int) (v float64, ok bool) {
	if i < 0 || hours[i] == series.NoData {
		return 0, false
	}
	return math.Log1p(float64(hours[i])), true
}

// levelAt returns the mean of log1p over the known of the last levelSpan hours
// up to i; ok is false where there is none.
func levelAt(hours []int32, i int) (level float64, ok bool) {
	n := 0.0
	for k := i; k > i-levelSpan; k-- {
		if v, ok := logAt(hours, k); ok {
			level, n = level+v, n+1
		}
	}
	return level / max(1, n), n > 0
}

// encodeSeries writes the network's input of hour i to dst, which takes
// SeriesInputs. With y log1p of an hour, l the level, and what is not known 0:
//
//	0  y(i) - l(i)
//	1  y(i) - y(i-1)
//	2  y(i+1-24) - l(i-24): what came next a day ago
//	3  (y(i) - l(i-1)) - (y(i-24) - l(i-25)): how far this hour differs from that
//	4  1 where 2 is known
func encodeSeries(dst []float32, hours []int32, i int) {
	clear(dst[:SeriesInputs])
	now, known := logAt(hours, i)
	if !known {
		return
	}
	level, _ := levelAt(hours, i)
	dst[0] = float32(now - level)
	if before, ok := logAt(hours, i-1); ok {
		dst[1] = float32(now - before)
	}
	next, nextKnown := logAt(hours, i+1-day)
	dayLevel, dayKnown := levelAt(hours, i-day)
	if nextKnown && dayKnown {
		dst[2], dst[4] = float32(next-dayLevel), 1
	}
	then, thenKnown := logAt(hours, i-day)
	thenLevel, levelKnown := levelAt(hours, i-day-1)
	lastLevel, lastKnown := levelAt(hours, i-1)
	if thenKnown && levelKnown && lastKnown {
		dst[3] = float32(now - lastLevel - (then - thenLevel))
	}
	for k := range dst[:SeriesInputs] {
		dst[k] = min(max(dst[k], -maxStep), maxStep)
	}
}

// maxStep bounds how far a logarithm counts as apart from another.
const maxStep = 1

// targetAt returns what the network is to say after hour i: log1p of the next
// hour above the level.
func targetAt(hours []int32, i int) (target float64, ok bool) {
	if i+1 >= len(hours) {
		return 0, false
	}
	next, ok := logAt(hours, i+1)
	level, known := levelAt(hours, i)
	return min(max(next-level, -maxStep), maxStep), ok && known
}

// runSeries runs the network over the last MaxHours hours up to i and returns its
// output. r.state is then its state.
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

// series forecasts from the hours of a series, adapted to the last week.
func (r *Reader) series(hours []int32) Expected {
	last, gain := len(hours)-1, float64(r.model.SeriesAdapt.Gain)
	if gain > 0 {
		r.seriesHead.reset(r.model.SeriesAdapt.Ridge)
		for i := max(MinHours-1, last-maxSupports); i < last; i++ {
			if target, ok := targetAt(hours, i); ok {
				said := r.runSeries(hours, i)
				r.seriesHead.learn(r.state, target-said)
			}
		}
	}
	said := r.runSeries(hours, last)
	level, _ := levelAt(hours, last)
	e := Expected{Evidence: series.Window{Counts: hours}.Known()}
	e.Plain = math.Expm1(min(level+said, maxLog))
	e.Adapted = e.Plain
	if gain > 0 {
		e.Adapted = math.Expm1(min(level+said+gain*r.seriesHead.shift(r.state), maxLog))
	}
	e.Plain, e.Adapted = max(0, e.Plain), max(0, e.Adapted)
	e.Refined = e.Adapted
	return e
}
