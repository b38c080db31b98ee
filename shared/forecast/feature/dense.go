package feature

import (
	"math"

	"prewarm/shared/series"
)

// varying are the columns of a row that differ from horizon to horizon.
var varying = [...]int{0, 2, 3, 11, 12, 14, 15, 21, 22, 25, 26, 27, 28, 29, 32, 36, 37, 38, 39, 40, 41, 42, 43, 44}

// The dense network reads, of each horizon, the columns that differ from
// horizon to horizon, and the other columns and the last counts once.
const (
	VaryingColumns = len(varying)
	SharedColumns  = Columns - VaryingColumns + CountColumns
)

// The last counts: lastCounts one by one, then mean, least and most over each
// of countSpans.
const (
	lastCounts   = 10
	CountColumns = lastCounts + 3*len(countSpans)
)

var countSpans = [...]int{3, 5, 10, 15, 30, 60, Steps, MaxHistory}

// DenseRows writes what the dense network reads of rows, which Rows wrote, to
// dst, horizons×VaryingColumns, and to shared, SharedColumns long. counts is
// the past that the rows are of.
func DenseRows(dst, shared, rows []float32, counts []int32) {
	for t := range len(rows) / Columns {
		row := rows[t*Columns : (t+1)*Columns]
		for j, c := range varying {
			dst[t*VaryingColumns+j] = squash(row[c])
		}
	}
	at, next := 0, 0
	for c, v := range rows[:Columns] {
		if next < len(varying) && varying[next] == c {
			next++
			continue
		}
		shared[at] = squash(v)
		at++
	}
	countsTo(shared[at:SharedColumns], counts)
}

// countsTo writes CountColumns. A count that is unknown, or before the first,
// is as one of 0.
func countsTo(dst []float32, counts []int32) {
	clear(dst)
	for i := range min(lastCounts, len(counts)) {
		dst[i] = squash(float32(max(counts[len(counts)-1-i], 0)))
	}
	sum, least, most, known, before := 0.0, int32(math.MaxInt32), int32(0), 0, 0
	for k, span := range countSpans {
		span = min(span, len(counts))
		for _, c := range counts[len(counts)-span : len(counts)-before] {
			if c == series.NoData {
				continue
			}
			sum += float64(c)
			least, most = min(least, c), max(most, c)
			known++
		}
		before = span
		if known > 0 {
			own := dst[lastCounts+3*k:]
			own[0], own[1], own[2] = squash(float32(sum/float64(known))), squash(float32(least)), squash(float32(most))
		}
	}
}

// squash returns the logarithm of 1+|x| to base 2, with the sign of x and
// linear between powers of two: counts and gaps range over decades, and a
// logarithm proper would cost more than the network.
func squash(x float32) float32 {
	one := math.Float32bits(1)
	v := float32(int32(math.Float32bits(1+max(x, -x))-one)) / (1 << 23)
	if x < 0 {
		return -v
	}
	return v
}
