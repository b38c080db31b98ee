package feature

import "math"

// logarithms holds log1p of small numbers, as most counts and gaps are:
// math.Log1p would take a twentieth of the time of a forecast. It is not written
// after it is made.
var logarithms = newLogarithms()

func newLogarithms() (table [256]float64) {
	for i := range table {
		table[i] = math.Log1p(float64(i))
	}
	return table
}

// log1p is math.Log1p of a count or of a number of steps.
func log1p(v int32) float64 {
	if v >= 0 && int(v) < len(logarithms) {
		return logarithms[v]
	}
	return math.Log1p(float64(v))
}

// meanSteps is the number of last active steps that LogMean averages.
const meanSteps = 10

// LogMean returns log1p of the mean count of the last ten active steps of counts. If
// there are fewer, it averages those; if there is none, it returns log 2 (one call). The
// network's quantiles of the count are relative to it, so that what it learned
// from small functions applies to large ones.
func LogMean(counts []int32) float32 {
	sum, n := 0.0, 0
	for i := len(counts) - 1; i >= 0 && n < meanSteps; i-- {
		if counts[i] > 0 {
			sum += float64(counts[i])
			n++
		}
	}
	return logMeanOf(sum, n)
}

// logMeanOf returns LogMean for the sum of n counts.
func logMeanOf(sum float64, n int) float32 {
	if n == 0 {
		return math.Ln2
	}
	return float32(math.Log1p(sum / float64(n)))
}

// ActiveShare returns the share of active steps among the known ones, 0 if none
// is known.
func ActiveShare(counts []int32) float64 {
	active, known := 0.0, 0.0
	for _, c := range counts {
		if c >= 0 {
			known++
		}
		if c > 0 {
			active++
		}
	}
	return active / max(known, 1)
}
