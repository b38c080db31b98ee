package trace

import "io/fs"

// addDelays sets the durations from the mean of the known delay cells.
func (t *Trace) addDelays(fsys fs.FS, sheets []sheet, o Options) error {
	sum, cells := map[string]float64{}, map[string]float64{}
	for _, s := range sheets {
		table, err := openHuawei(fsys, s, o)
		if err != nil {
			return err
		}
		table.lost = &o.summary.BadDurations
		within := inRegion(regionOf(s.place, o.Region))
		err = table.each(func(record []string) error { return table.addDelayRow(record, within, sum, cells) })
		table.source.Close()
		if err != nil {
			return err
		}
	}
	// A function without a known delay keeps the duration 0, which means unknown.
	for i := range t.Functions {
		if n := cells[t.Functions[i].Name]; n > 0 {
			// Unweighted over minutes: the delay files do not say how many calls a
			// cell stands for.
			t.Functions[i].Duration = sum[t.Functions[i].Name] / n / 1000
		}
	}
	return nil
}

// addDelayRow adds the known cells of one minute. A malformed cell is left out and
// counted.
func (t *table) addDelayRow(record []string, within string, sum, cells map[string]float64) error {
	if _, err := t.huaweiSeconds(record, 60); err != nil {
		return err
	}
	for i := huaweiColumns; i < len(record); i++ {
		if isEmpty(record[i]) {
			continue
		}
		ms, err := t.number(record, i)
		if err == nil && ms < 0 {
			err = t.badCell(i, record[i], "must be milliseconds, at least 0")
		}
		if err != nil {
			if err := t.options.leftOut(err, &t.options.summary.BadDurations); err != nil {
				return err
			}
			continue
		}
		sum[within+t.header[i]] += ms
		cells[within+t.header[i]]++
	}
	return nil
}
