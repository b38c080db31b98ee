package hourly

import "prewarm/shared/forecast/feature"

// Columns is the number of columns of the forest's row: the gap columns of a row
// of minutes at the first horizon, with cold starts in the place of the network's
// probabilities, and two more.
const Columns = feature.GapColumns + 2

// ColumnNames returns what each column of a row holds. "cold" is cold starts per
// hour.
func ColumnNames() (names [Columns]string) {
	minutes := feature.ColumnNames()
	copy(names[:], minutes[:feature.GapColumns])
	copy(names[:], []string{"cold by renewal", "cold by renewal of own gaps", "cold of last hour"})
	copy(names[feature.GapColumns:], []string{"cold of hour before", "cold of all"})
	return names
}

// renewalColumn is the column of the cold starts that the smoothed renewal
// process predicts.
const renewalColumn = 0

// row writes the row about counts to dst, which takes Columns. phase is the
// feature.Phase of the first step.
func (r *Reader) row(dst []float32, counts []int32, phase int) {
	n := len(counts)
	coldIn := func(from, to int) float32 { return float32(summarise(counts, from, to).perHour()) }
	r.history.ReadGaps(counts, phase)
	r.history.GapRow(dst, 1)
	for k, weight := range [...]float64{smoothedWeight, ownWeight} {
		dst[renewalColumn+k] = float32(renewal{&r.history.Gaps, r.pooled, weight}.coldStarts())
	}
	dst[2] = coldIn(n-Hour, n)
	dst[feature.GapColumns], dst[feature.GapColumns+1] = coldIn(n-2*Hour, n-Hour), coldIn(0, n)
}
