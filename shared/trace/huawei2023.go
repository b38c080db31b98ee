package trace

import (
	"fmt"
	"io/fs"
	"slices"

	"prewarm/shared/series"
)

// huaweiColumns is the number of columns before the functions: day, time.
const huaweiColumns = 2

// huaweiRequests is the content of the files in requests_minute: a row per minute, a
// column per function.
type huaweiRequests struct {
	names   []string // of the functions, as in the heading
	minutes []int    // of the rows, rising
	rows    [][]int32
}

// readHuawei2023 reads the private cloud trace. Its files have no zeros: the cell of
// a minute without calls is empty. If a row has any number, the minute was measured
// and its empty cells are zeros. Rows without a number, and minutes without a row,
// have no data. Functions without calls were not active and are left out. The
// duration of a function is the mean of its column in function_delay_minute, which
// is in milliseconds.
func readHuawei2023(fsys fs.FS, requests, delays []string, o Options) (*Trace, error) {
	var all huaweiRequests
	for _, file := range requests {
		if err := all.addFile(fsys, file, o); err != nil {
			return nil, err
		}
	}
	t := all.trace()
	if err := t.addDelays(fsys, delays, o); err != nil {
		return nil, err
	}
	return t, nil
}

// addFile appends the rows of one day.
func (q *huaweiRequests) addFile(fsys fs.FS, file string, o Options) error {
	table, err := openHuawei(fsys, file, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	names := table.header[huaweiColumns:]
	// Columns are joined by position. A file with another order would add calls to
	// the wrong functions.
	if q.names != nil && !slices.Equal(q.names, names) {
		return fmt.Errorf("%s: heading: other functions than in the files before", file)
	}
	q.names = names
	return table.each(func(record []string) error {
		minute, err := table.huaweiMinute(record)
		if err != nil {
			return err
		}
		// The order of the files must be that of time, and the span bounds the
		// memory of the counts.
		if n := len(q.minutes); n > 0 && (minute <= q.minutes[n-1] || minute-q.minutes[0] >= MaxMinutes) {
			return table.badCell(1, record[1], fmt.Sprintf("must be after minute %d and within %d minutes", q.minutes[n-1], MaxMinutes))
		}
		row := make([]int32, len(names))
		if err := table.counts(row, record, huaweiColumns, true); err != nil {
			return err
		}
		// The row is new for each record, as the record itself is only valid during
		// the call.
		q.minutes, q.rows = append(q.minutes, minute), append(q.rows, measured(row))
		return nil
	})
}

// measured turns the empty cells of a row into zeros if any cell has a number.
func measured(row []int32) []int32 {
	// NoData is negative, so it is the maximum only if no cell has a number.
	if slices.Max(row) == series.NoData {
		return row
	}
	for i, n := range row {
		row[i] = max(n, 0)
	}
	return row
}

// openHuawei opens a file with the heading day,time,function...
func openHuawei(fsys fs.FS, file string, o Options) (*table, error) {
	table, err := openTable(fsys, file, o)
	if err != nil {
		return nil, err
	}
	if h := table.header; len(h) <= huaweiColumns || h[0] != "day" || h[1] != "time" {
		table.source.Close()
		return nil, fmt.Errorf("%s: heading: must be day,time and one column per function", file)
	}
	seen := map[string]bool{}
	for i, name := range table.header { // durations are joined by name
		if name == "" || seen[name] {
			table.source.Close()
			return nil, fmt.Errorf("%s: heading: column %d must name a function once, was: %q", file, i+1, name)
		}
		seen[name] = true
	}
	return table, nil
}

// huaweiMinute returns the minute of a row since the begin of day 0. The time column
// has seconds, in some files since midnight and in others since the begin of the
// trace. A time below one day is taken as since midnight.
func (t *table) huaweiMinute(record []string) (int, error) {
	day, err := t.count(record, 0)
	if err != nil || int(day) >= MaxMinutes/MinutesPerDay {
		return 0, t.badCell(0, record[0], fmt.Sprintf("must be a day, 0 to %d", MaxMinutes/MinutesPerDay-1))
	}
	seconds, err := t.count(record, 1)
	if err != nil || seconds%60 != 0 || int(seconds)/60 >= MaxMinutes {
		return 0, t.badCell(1, record[1], fmt.Sprintf("must be seconds at a full minute, below %d", MaxMinutes*60))
	}
	minute := int(seconds) / 60
	// On day 0 both readings agree, as day·1440 is 0.
	if minute < MinutesPerDay {
		minute += int(day) * MinutesPerDay
	}
	return minute, nil
}

// trace returns the active functions, with the columns of the rows as their counts.
func (q *huaweiRequests) trace() *Trace {
	t := &Trace{}
	if len(q.minutes) == 0 {
		return t
	}
	t.Start = q.minutes[0]
	// Minutes rise over all files, so the first and the last row are the span.
	t.Minutes = q.minutes[len(q.minutes)-1] - t.Start + 1
	for i, name := range q.names {
		if !q.active(i) {
			continue
		}
		// Minutes without a row keep NoData.
		f := Function{Name: name, Counts: newCounts(t.Minutes)}
		for r, row := range q.rows {
			f.Counts[q.minutes[r]-t.Start] = row[i]
		}
		t.Functions = append(t.Functions, f)
	}
	return t
}

// active reports whether column i has any calls.
func (q *huaweiRequests) active(i int) bool {
	return slices.ContainsFunc(q.rows, func(row []int32) bool { return row[i] > 0 })
}

// addDelays sets the durations from the mean of the known delay cells.
func (t *Trace) addDelays(fsys fs.FS, files []string, o Options) error {
	sum, cells := map[string]float64{}, map[string]float64{}
	for _, file := range files {
		table, err := openHuawei(fsys, file, o)
		if err != nil {
			return err
		}
		table.durations = true
		err = table.each(func(record []string) error { return table.addDelayRow(record, sum, cells) })
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

// addDelayRow adds the known cells of one minute. It parses all cells before it adds
// any, so that a malformed row adds nothing.
func (t *table) addDelayRow(record []string, sum, cells map[string]float64) error {
	if _, err := t.huaweiMinute(record); err != nil {
		return err
	}
	delays := make([]float64, len(record))
	for i := huaweiColumns; i < len(record); i++ {
		if record[i] == "" {
			continue
		}
		ms, err := t.number(record, i)
		if err != nil {
			return err
		}
		if ms < 0 {
			return t.badCell(i, record[i], "must be milliseconds, at least 0")
		}
		delays[i] = ms
	}
	for i := huaweiColumns; i < len(record); i++ {
		if record[i] != "" {
			sum[t.header[i]] += delays[i]
			cells[t.header[i]]++
		}
	}
	return nil
}
