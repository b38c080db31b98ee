package hourly

import "prewarm/shared/forecast/feature"

// Columns is the length of a row of the forest: the gap columns of the refiner
// of minutes at the first horizon, with other words in place of the network's,
// and two more.
const Columns = feature.GapColumns + 2

// ColumnNames returns what the columns of a row mean. Cold starts are per hour.
func ColumnNames() (names [Columns]string) {
	minutes := feature.ColumnNames()
	copy(names[:], minutes[:feature.GapColumns])
	copy(names[:], []string{"cold by renewal", "cold by renewal of own gaps", "cold of last hour"})
	copy(names[feature.GapColumns:], []string{"cold of hour before", "cold of all"})
	return names
}

// renewalColumn is that of the cold starts by the own gaps, smoothed.
const renewalColumn = 0

// row writes the row about counts, which network has read, to dst. Contexts and
// paces are computed in vain, in some microseconds of an hour's forecast.
func (r *Reader) row(dst []float32, counts []int32, phase int) {
	n := len(counts)
	r.history.Read(counts, phase)
	r.history.Rows(r.minutes[:], []float32{0.5}, []float32{0.5})
	copy(dst, r.minutes[:feature.GapColumns])
	copy(dst, []float32{
		float32(r.calls.cold(r.pool, smooth)), float32(r.calls.cold(r.pool, bold)),
		float32(count(counts, n-Hour, n).perHour()),
	})
	copy(dst[feature.GapColumns:], []float32{
		float32(count(counts, n-2*Hour, n-Hour).perHour()), float32(count(counts, 0, n).perHour()),
	})
}

// bold is as smooth where the own gaps are trusted.
const bold = 0.3
