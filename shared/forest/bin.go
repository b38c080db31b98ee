package forest

import (
	"cmp"
	"slices"
	"sort"
)

// binned is the training data, column by column. Each feature is replaced by its
// bin: the index of the first cut that is not below it.
//
// With at most 255 cuts a bin fits a byte: the data takes a quarter of x, and the
// best cut is found over bins and not over sorted rows.
type binned struct {
	rows, features, outputs int
	cuts                    [][]float32
	bins                    [][]uint8 // features × rows
	y                       []float32 // rows × outputs
	w                       []float32 // weight per row, which its y is already multiplied by; nil if all are 1
}

// weight returns the weight of a row.
func (d *binned) weight(row int32) float32 {
	if d.w == nil {
		return 1
	}
	return d.w[row]
}

// bin returns the binned data of x, rows×features.
func bin(x []float32, features, maxCuts int, y []float32, outputs int) *binned {
	rows := len(x) / features
	d := &binned{rows: rows, features: features, outputs: outputs, y: y}
	column := make([]float32, rows)
	for f := range features {
		for r := range column {
			column[r] = x[r*features+f]
		}
		cuts := chooseCuts(column, maxCuts)
		bins := make([]uint8, rows)
		for r, v := range column {
			// Equal to a cut goes to the left, as in find: training and prediction
			// part the rows alike.
			bins[r] = uint8(sort.Search(len(cuts), func(i int) bool { return v <= cuts[i] }))
		}
		d.cuts, d.bins = append(d.cuts, cuts), append(d.bins, bins)
	}
	return d
}

// chooseCuts returns at most limit thresholds between distinct values of the
// column, ascending. If there are more gaps between values, the chosen cuts part
// the rows as evenly as the values allow.
func chooseCuts(column []float32, limit int) []float32 {
	sorted := slices.Clone(column)
	slices.Sort(sorted)
	var gaps []int // positions i with sorted[i-1] < sorted[i]
	for i := 1; i < len(sorted); i++ {
		if sorted[i-1] < sorted[i] {
			gaps = append(gaps, i)
		}
	}
	if len(gaps) > limit {
		gaps = thin(gaps, len(sorted), limit)
	}
	cuts := make([]float32, 0, len(gaps))
	for _, i := range gaps {
		cuts = append(cuts, midpoint(sorted[i-1], sorted[i]))
	}
	// Midpoints of neighbouring gaps can round to the same float32.
	return slices.Compact(cuts)
}

// thin parts the rows into limit+1 even shares and keeps the gap at or above the
// end of each.
func thin(gaps []int, rows, limit int) []int {
	var kept []int
	for k := 1; k <= limit; k++ {
		at, _ := slices.BinarySearchFunc(gaps, rows*k/(limit+1), cmp.Compare[int])
		// Several shares may end in one value that fills many rows; its gap is kept
		// once.
		if at = min(at, len(gaps)-1); len(kept) == 0 || gaps[at] > kept[len(kept)-1] {
			kept = append(kept, gaps[at])
		}
	}
	return kept
}

// midpoint returns a number between a and b that is below b, even if no float32
// lies between them.
func midpoint(a, b float32) float32 {
	if m := a + (b-a)/2; m < b {
		return m
	}
	return a
}
