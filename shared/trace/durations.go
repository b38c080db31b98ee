package trace

import (
	"io/fs"
	"sort"
	"strconv"
	"strings"
)

// duration is one function of the durations files.
type duration struct {
	mean, calls float64    // mean in milliseconds, and the number of calls behind it
	quantiles   []Quantile // of the first day
}

// addDurations joins the durations files, which are in milliseconds, to the
// functions. The mean over several days is weighted by the calls of each day. A mean
// below zero, which comes from a clock that was set back, counts as unknown.
func (t *Trace) addDurations(fsys fs.FS, sheets []sheet, o Options) error {
	of := map[azureKey]duration{}
	for _, s := range sheets {
		table, err := openTable(fsys, s, o)
		if err != nil {
			return err
		}
		table.lost = &o.summary.BadDurations
		err = table.readDurations(of)
		table.source.Close()
		if err != nil {
			return err
		}
	}
	for i := range t.Functions {
		if d, ok := of[t.Functions[i].key()]; ok {
			t.Functions[i].Duration = d.mean / 1000
			t.Functions[i].DurationQuantiles = d.quantiles
		}
	}
	return nil
}

// readDurations adds the rows of one durations file to the functions in of.
func (t *table) readDurations(of map[azureKey]duration) error {
	columns, err := t.columns([]string{"HashOwner", "HashApp", "HashFunction", "Average", "Count"})
	if err != nil {
		return err
	}
	return t.each(func(record []string) error {
		mean, err := t.number(record, columns[3])
		if err != nil {
			return err
		}
		calls, err := t.number(record, columns[4])
		if err != nil {
			return err
		}
		quantiles, err := t.quantiles(record)
		// A mean beside a count of 0 weighs as one call, rather than being lost.
		if err == nil && mean >= 0 {
			key := azureKey{record[columns[0]], record[columns[1]], record[columns[2]]}
			of[key] = of[key].with(mean, max(calls, 1), quantiles)
		}
		return err
	})
}

// with returns d with one more day in its mean:
//
//	mean' = mean + (mean of the day - mean) * calls of the day / all calls
//
// The mean of a single day is not rounded, and the quantiles stay those of the first
// day: quantiles of several days cannot be combined.
func (d duration) with(mean, calls float64, quantiles []Quantile) duration {
	if d.calls == 0 {
		return duration{mean: mean, calls: calls, quantiles: quantiles}
	}
	d.calls += calls
	d.mean += (mean - d.mean) * calls / d.calls
	return d
}

// quantiles reads the columns percentile_Average_0..100 of a row. Those that are no
// number are left out and counted: the mean is known without them.
func (t *table) quantiles(record []string) ([]Quantile, error) {
	var quantiles []Quantile
	for i, h := range t.header {
		// Any set of percentiles is accepted.
		percent, found := strings.CutPrefix(strings.ToLower(h), "percentile_average_")
		p, err := strconv.ParseFloat(percent, 64)
		if !found || err != nil || p < 0 || p > 100 {
			continue
		}
		if isEmpty(record[i]) {
			continue
		}
		ms, err := t.number(record, i)
		if err != nil {
			if err = t.options.leftOut(err, &t.options.summary.BadDurations); err != nil {
				return nil, err
			}
			continue
		}
		quantiles = append(quantiles, Quantile{P: p / 100, Seconds: max(0, ms) / 1000})
	}
	sort.Slice(quantiles, func(i, j int) bool { return quantiles[i].P < quantiles[j].P })
	return quantiles, nil
}
