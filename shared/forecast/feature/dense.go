package feature

import (
	"math"

	"prewarm/shared/series"
)

// varying are the columns of a row that differ from horizon to horizon.
var varying = [...]int{0, 2, 3, 11, 12, 14, 15, 21, 22, 25, 26, 27, 28, 29, 32, 36, 37, 38, 39, 40, 41, 42, 43, 44}

// VaryingColumns is the number of inputs that the dense network reads for each
// horizon. SharedColumns is the number of those that it reads once per history:
// the other columns of a row, and the last counts. Their part of the hidden
// layer is computed once for all horizons.
const (
	VaryingColumns = len(varying)
	SharedColumns  = Columns - VaryingColumns + CountColumns
)

// CountColumns is the number of inputs about the last counts: lastCounts one by
// one, latest first, then mean, least and most over each of countSpans.
const (
	lastCounts   = 10
	CountColumns = lastCounts + 3*len(countSpans)
)

// countSpans are the numbers of last steps that counts are summed up over.
var countSpans = [...]int{3, 5, 10, 15, 30, 60, Steps, MaxHistory}

// DenseRows writes what the dense network reads: to dst, which takes
// horizons×VaryingColumns, and to shared, which takes SharedColumns. rows is what
// Rows wrote, counts the history that it was written for. All inputs are
// squashed.
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

// countsTo writes CountColumns. A count that is not known, or before the first,
// is written as 0. Each span continues the sums of the shorter one before it.
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

// squash returns log2(1+|x|) with the sign of x, linear between powers of two,
// at most 0.087 below the logarithm. Counts and gaps range over decades; a true
// logarithm of every input would cost more than the network.
//
// It reads the bits of a float32: the exponent is the whole part of the
// logarithm, the mantissa stands for the rest.
func squash(x float32) float32 {
	one := math.Float32bits(1)
	v := float32(int32(math.Float32bits(1+max(x, -x))-one)) / (1 << 23)
	if x < 0 {
		return -v
	}
	return v
}
