package trace

import (
	"io/fs"
	"sort"
	"strconv"
	"strings"
)

// duration is what the durations files say of one function.
type duration struct {
	mean, calls float64    // milliseconds, and how many calls it is the mean of
	quantiles   []Quantile // of the first day
}

// addDurations joins the durations files, in milliseconds, to the functions.
// Over several days the mean is weighted by each day's calls. A mean below
// zero, which is a clock that went back, counts as unknown.
func (t *Trace) addDurations(fsys fs.FS, files []string, o Options) error {
	of := map[string]duration{}
	for _, file := range files {
		table, err := openTable(fsys, file, o)
		if err != nil {
			return err
		}
		err = table.readDurations(of)
		table.source.Close()
		if err != nil {
			return err
		}
		t.Skipped += table.skipped
	}
	for i := range t.Functions {
		if d, ok := of[t.Functions[i].Name]; ok {
			t.Functions[i].Duration = d.mean / 1000
			t.Functions[i].DurationQuantiles = d.quantiles
		}
	}
	return nil
}

// readDurations adds one durations file to what is known of each function.
func (t *table) readDurations(of map[string]duration) error {
	var columns [3]int
	for i, name := range []string{"HashFunction", "Average", "Count"} {
		var err error
		if columns[i], err = t.column(name); err != nil {
			return err
		}
	}
	return t.each(func(record []string) error {
		mean, err := t.number(record, columns[1])
		if err != nil {
			return err
		}
		calls, err := t.number(record, columns[2])
		if err != nil {
			return err
		}
		quantiles, err := t.quantiles(record)
		if err == nil && mean >= 0 {
			name := record[columns[0]]
			of[name] = of[name].with(mean, max(calls, 1), quantiles)
		}
		return err
	})
}

// with adds one day to the running mean. The first day's mean stays exact.
func (d duration) with(mean, calls float64, quantiles []Quantile) duration {
	if d.calls == 0 {
		return duration{mean: mean, calls: calls, quantiles: quantiles}
	}
	d.calls += calls
	d.mean += (mean - d.mean) * calls / d.calls
	return d
}

// quantiles reads the columns percentile_Average_0..100 of a row.
func (t *table) quantiles(record []string) ([]Quantile, error) {
	var quantiles []Quantile
	for i, h := range t.header {
		percent, found := strings.CutPrefix(h, "percentile_Average_")
		p, err := strconv.ParseFloat(percent, 64)
		if !found || err != nil || p < 0 || p > 100 {
			continue
		}
		ms, err := t.number(record, i)
		if err != nil {
			return nil, err
		}
		quantiles = append(quantiles, Quantile{P: p / 100, Seconds: max(0, ms) / 1000})
	}
	sort.Slice(quantiles, func(i, j int) bool { return quantiles[i].P < quantiles[j].P })
	return quantiles, nil
}
