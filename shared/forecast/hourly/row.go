package hourly

import "prewarm/shared/forecast/feature"

// Columns is the length of a row of the forest.
const Columns = 13

// ColumnNames returns what the columns of a row mean. Gaps are those longer than
// the keep-alive; cold starts are per hour.
func ColumnNames() [Columns]string {
	return [Columns]string{
		"network adapted", "network", "renewal", "renewal of own gaps", "cold of last hour", "cold of hour before",
		"cold of all", "active of 15", "active of all", "age", "last gap", "shortest gap", "minute of the hour",
	}
}

// renewalColumn is that of the cold starts by the own gaps, smoothed.
const renewalColumn = 2

// row writes the row about counts, which network has read, to dst.
func (r *Reader) row(dst []float32, counts []int32, phase int) {
	n := len(counts)
	rests := r.calls.rests()
	last, before := count(counts, n-Hour, n), count(counts, n-2*Hour, n-Hour)
	quarter, all := count(counts, n-Hour/4, n), count(counts, 0, n)
	copy(dst, []float32{
		float32(r.said.Adapted), float32(r.said.Plain),
		float32(r.calls.cold(r.pool, smooth)), float32(r.calls.cold(r.pool, bold)),
		float32(last.perHour()), float32(before.perHour()), float32(all.perHour()),
		float32(quarter.active), float32(all.active) / float32(max(1, all.known)),
		float32(r.calls.age), float32(rests.last), float32(rests.least),
		float32((phase + n) % feature.PhaseSteps),
	})
}

// bold is as smooth where the own gaps are trusted.
const bold = 0.3
