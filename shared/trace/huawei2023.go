package trace

import (
	"fmt"
	"io/fs"
	"slices"

	"prewarm/shared/series"
)

// huaweiColumns is the number of columns before the functions: day, time.
const huaweiColumns = 2

// huaweiRequests is the content of the files of one region: a row per minute or second,
// a column per function.
type huaweiRequests struct {
	region  string
	names   []string       // of the functions, in the order in which they first appear
	column  map[string]int // index in names
	seconds int            // of the newest row, -1 before the first
	minutes []int          // of the rows, rising
	rows    [][]int32      // by the index of names; shorter if functions appear later

	calls map[int][]SecondCalls // by the index of names; nil if seconds are not kept
}

// readHuawei2023 reads the private and the public cloud trace of 2023, and the calls
// per minute of 2025, which have the same form. Columns are joined by their names, as
// functions come and go. The files have no zeros: the cell of a minute without calls is
// empty. If a row has any number, the minute was measured and its empty cells, and
// functions without a column, are zeros. Rows without a number, and minutes without a
// row, have no data. Functions without calls were not active and are left out. The
// duration of a function is the mean of its column in function_delay_minute, which is
// in milliseconds. step is the seconds of a row of requests.
func readHuawei2023(fsys fs.FS, requests, delays []sheet, step int, o Options) (*Trace, error) {
	var regions []*huaweiRequests
	for _, s := range requests {
		region := regionOf(s.place, o.Region)
		i := slices.IndexFunc(regions, func(q *huaweiRequests) bool { return q.region == region })
		if i < 0 {
			i = len(regions)
			regions = append(regions, &huaweiRequests{region: region, column: map[string]int{}, seconds: -1})
			if o.Seconds && step == 1 {
				regions[i].calls = map[int][]SecondCalls{}
			}
		}
		if err := regions[i].addFile(fsys, s, step, o); err != nil {
			return nil, err
		}
	}
	t, err := joinRegions(regions)
	if err != nil {
		return nil, err
	}
	return t, t.addDelays(fsys, delays, o)
}

// addFile appends the rows of one day.
func (q *huaweiRequests) addFile(fsys fs.FS, s sheet, step int, o Options) error {
	table, err := openHuawei(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	names := table.header[huaweiColumns:]
	at := q.columns(names)
	cells := make([]int32, len(names))
	return table.each(func(record []string) error {
		seconds, err := table.huaweiSeconds(record, step)
		if err != nil {
			return err
		}
		// The order of the files must be that of time, and the span bounds the memory
		// of the counts.
		if n := len(q.minutes); n > 0 && (seconds <= q.seconds || seconds/60-q.minutes[0] >= MaxMinutes) {
			return table.badCell(1, record[1], fmt.Sprintf("must be after second %d and within %d minutes", q.seconds, MaxMinutes))
		}
		if err := table.counts(cells, record, huaweiColumns, true); err != nil {
			return err
		}
		q.seconds = seconds
		q.add(seconds/60, at, cells)
		return nil
	})
}

// columns returns the index in names of each column of a file, and adds new names.
func (q *huaweiRequests) columns(names []string) []int {
	at := make([]int, len(names))
	for i, name := range names {
		index, known := q.column[name]
		if !known {
			index = len(q.names)
			q.names, q.column[name] = append(q.names, name), index
		}
		at[i] = index
	}
	return at
}

// add adds the cells of a row to those of its minute.
func (q *huaweiRequests) add(minute int, at []int, cells []int32) {
	if n := len(q.minutes); n == 0 || q.minutes[n-1] != minute {
		row := make([]int32, len(q.names))
		for i := range row {
			row[i] = series.NoData
		}
		q.minutes, q.rows = append(q.minutes, minute), append(q.rows, row)
	}
	row := q.rows[len(q.rows)-1]
	for i, n := range cells {
		if n != series.NoData {
			row[at[i]] = addCapped(max(row[at[i]], 0), n)
			if q.calls != nil {
				q.addSecond(at[i], q.seconds, n)
			}
		}
	}
}

// openHuawei opens a file with the heading day,time,function...
func openHuawei(fsys fs.FS, s sheet, o Options) (*table, error) {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, name := range table.header { // columns are joined by name
		if name == "" || seen[name] {
			table.source.Close()
			return nil, fmt.Errorf("%s: heading: column %d must name a function once, was: %q", s.name, table.index+i+1, name)
		}
		seen[name] = true
	}
	return table, nil
}

// huaweiSeconds returns the time of a row in seconds since the begin of day 0. The time
// column has seconds, in some files since midnight and in others since the begin of the
// trace. A time below one day is taken as since midnight.
func (t *table) huaweiSeconds(record []string, step int) (int, error) {
	day, err := t.count(record, 0)
	if err != nil || int(day) >= MaxMinutes/MinutesPerDay {
		return 0, t.badCell(0, record[0], fmt.Sprintf("must be a day, 0 to %d", MaxMinutes/MinutesPerDay-1))
	}
	seconds, err := t.count(record, 1)
	if err != nil || int(seconds)%step != 0 || int(seconds)/60 >= MaxMinutes {
		return 0, t.badCell(1, record[1], fmt.Sprintf("must be seconds at a multiple of %d, below %d", step, MaxMinutes*60))
	}
	// On day 0 both readings agree.
	if seconds < MinutesPerDay*60 {
		seconds += day * MinutesPerDay * 60
	}
	return int(seconds), nil
}
