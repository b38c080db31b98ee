package hourly

// Inputs writes the network's inputs of the hours of counts, MinHours to
// MaxHours of them, to dst, hours×Inputs, and returns their number.
func (r *Reader) Inputs(dst []float32, counts []int32) (hours int) {
	hours, first := hoursOf(counts)
	for h := range hours {
		past := counts[:first+(h+1)*Hour]
		r.calls.read(past)
		encode(dst[h*Inputs:(h+1)*Inputs], past, &r.calls, r.pool)
	}
	return hours
}

// Targets writes to dst the cold starts that came in the hour after each hour of
// counts[:origin], of which the last is that from origin on. ok is false where
// one of them is not known.
func Targets(dst []float32, counts []int32, origin int) (ok bool) {
	hours, first := hoursOf(counts[:origin])
	for h := range hours {
		from := first + (h+1)*Hour
		t := count(counts, from, from+Hour)
		if t.judged < Hour {
			return false
		}
		dst[h] = float32(t.cold)
	}
	return true
}

// Read runs the network over the hours of counts and writes the forest's row
// about them to dst, which takes Columns. phase is the feature.Phase of the
// first step.
func (r *Reader) Read(dst []float32, counts []int32, phase int) Expected {
	r.network(counts)
	r.row(dst[:Columns], counts, phase)
	return r.said
}

// SeriesHour writes the network's input of hour i of a series to dst, which
// takes SeriesInputs, and returns what the network is to say after it. ok is
// false where that is not known.
func SeriesHour(dst []float32, hours []int32, i int) (target float32, ok bool) {
	encodeSeries(dst, hours, i)
	t, ok := targetAt(hours, i)
	return float32(t), ok
}

// Series forecasts the hour after hours.
func (r *Reader) Series(hours []int32) Expected { return r.series(hours) }
