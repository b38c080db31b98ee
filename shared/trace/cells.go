package trace

import (
	"fmt"
	"math"
	"strconv"

	"prewarm/shared/series"
)

// count reads cell i as a number of calls. "12.0" is accepted: tools that keep
// missing values in float columns write counts like that.
func (t *table) count(record []string, i int) (int32, error) {
	// 31 bits: the result must fit an int32. This path takes nearly all cells and
	// does not allocate.
	if n, err := strconv.ParseUint(record[i], 10, 31); err == nil {
		return int32(n), nil
	}
	v, err := strconv.ParseFloat(record[i], 64)
	if err != nil || v != math.Trunc(v) || v < 0 || v > math.MaxInt32 {
		return 0, t.badCell(i, record[i], "must be a whole number of calls, 0 to 2147483647")
	}
	return int32(v), nil
}

// counts reads the cells from column first on as numbers of calls. An empty cell has
// no data if the layout has such cells, otherwise it is malformed.
func (t *table) counts(dst []int32, record []string, first int, emptyIsNoData bool) error {
	for i := first; i < len(record); i++ {
		if record[i] == "" && emptyIsNoData {
			dst[i-first] = series.NoData
			continue
		}
		n, err := t.count(record, i)
		if err != nil {
			return err
		}
		dst[i-first] = n
	}
	return nil
}

// number reads cell i as a finite number.
func (t *table) number(record []string, i int) (float64, error) {
	v, err := strconv.ParseFloat(t.decimal(record[i]), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, t.badCell(i, record[i], "must be a finite number")
	}
	return v, nil
}

// seconds reads cell i as a time since the begin of a trace, or as a length of time.
// Either must be within the longest possible trace.
func (t *table) seconds(record []string, i int) (float64, error) {
	v, err := t.number(record, i)
	if err == nil && (v < 0 || v >= MaxMinutes*60) {
		err = t.badCell(i, record[i], fmt.Sprintf("must be seconds, at least 0 and below %d", MaxMinutes*60))
	}
	return v, err
}
