package hourlyfit

import (
	"context"
	"fmt"
	"math"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// Hours sums counts of minutes from the given minute on into whole hours. An hour
// with a minute without data has none.
func Hours(minutes []int32, from int) []int32 {
	var hours []int32
	for ; from+hourly.Hour <= len(minutes); from += hourly.Hour {
		sum := int64(0)
		for _, c := range minutes[from : from+hourly.Hour] {
			if c == series.NoData {
				sum = int64(series.NoData)
				break
			}
			sum += int64(c)
		}
		// A sum beyond int32 is held at its bound. series.NoData is negative and
		// passes unchanged.
		hours = append(hours, int32(min(sum, math.MaxInt32)))
	}
	return hours
}

// offsetStep is the number of minutes from one division of a region into hours to
// the next. Fifteen divisions give more examples out of one region.
const offsetStep = 4

// minRegion is the least length of a region's series in hours: a quarter of it must
// have a day before the hours that are trained on.
const minRegion = 8 * 24

// trainSeries trains the LSTM of series on one region, first on a quarter of it, to
// choose the adaptation on the rest, and then on all.
func (o Options) trainSeries(ctx context.Context, m *hourly.Model, region []int32) error {
	if hours := len(region) / hourly.Hour; hours < minRegion {
		return fmt.Errorf("hourly: the region must have at least %d hours, had: %d", minRegion, hours)
	}
	shape := lstm.Shape{Inputs: hourly.SeriesInputs, Hidden: o.SeriesHidden, Outputs: 1}
	train := func(stage string, minutes []int32) (err error) {
		sequences := seriesSequences(minutes)
		if len(sequences) == 0 {
			return fmt.Errorf("hourly: the region has no %d hours in a row to train on", hourly.MaxHours+1)
		}
		m.Series, err = o.descend(ctx, stage, shape, sequences, o.source(stage))
		return err
	}
	// The part is a stretch from the beginning, not a random sample: neighbouring
	// hours are alike, and the hours that the adaptation is chosen on must come
	// after those that were learned.
	if err := train("series, part", region[:len(region)/4]); err != nil {
		return err
	}
	m.SeriesAdapt = seriesAdaptation(*m, Hours(region, 0))
	return train("series", region)
}

// seriesSequences divides minutes into hours at several offsets, and returns the
// sequences of MaxHours hours of each, without those with an unknown target.
func seriesSequences(minutes []int32) []sequence {
	var all []sequence
	for offset := 0; offset < hourly.Hour; offset += offsetStep {
		hours := Hours(minutes, offset)
		// Overlapping sequences, one for each end: every hour is read at every
		// distance from the target. hours[end] is the target after the last input.
		for end := hourly.MaxHours; end < len(hours); end++ {
			s := sequence{x: make([]float32, hourly.MaxHours*hourly.SeriesInputs), targets: make([]float32, hourly.MaxHours)}
			known := true
			for h := range hourly.MaxHours {
				// The input of an hour and its target are made together, so that the
				// network sees at training what hourly.Reader gives it later.
				t, ok := hourly.SeriesHour(s.x[h*hourly.SeriesInputs:(h+1)*hourly.SeriesInputs], hours, end-hourly.MaxHours+h)
				s.targets[h], known = t, known && ok
			}
			if known {
				all = append(all, s)
			}
		}
	}
	return all
}

// seriesAdaptation returns the adaptation with the least squared error of log1p over
// the last three quarters of the hours, which the network of m has not seen.
func seriesAdaptation(m hourly.Model, hours []int32) forecast.Adaptation {
	var best forecast.Adaptation
	least := math.Inf(1)
	for _, a := range adaptations() {
		m.SeriesAdapt = a
		// m is a copy, so the candidates do not touch the model of the caller.
		r, sum := hourly.NewReader(&m), 0.0
		for at := len(hours) / 4; at < len(hours); at++ {
			if hours[at] == series.NoData || hours[at-1] == series.NoData {
				continue
			}
			// The capacity ends at the hour that is forecast: the reader cannot
			// reach it. log1p keeps a few large hours from deciding alone.
			miss := math.Log1p(r.Series(hours[:at:at]).Adapted) - math.Log1p(float64(hours[at]))
			sum += miss * miss
		}
		if sum < least {
			best, least = a, sum
		}
	}
	return best
}
