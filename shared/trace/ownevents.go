package trace

import (
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"
)

// readOwnEvents reads own data with one call per row. A call counts in the minute in
// which it begins. If a row has the end of a call, it begins its duration before; if
// that is not known, its end counts.
func readOwnEvents(fsys fs.FS, sheets []sheet, o Options) (*eventLog, error) {
	log := newEventLog(OwnEvents)
	log.absolute = sheets[0].own.since == 0
	for _, s := range sheets {
		if err := sameClock(s, sheets[0]); err != nil {
			return nil, err
		}
		if err := log.addOwnEvents(fsys, s, o); err != nil {
			return nil, err
		}
	}
	return log, nil
}

// addOwnEvents adds the rows of one file.
func (l *eventLog) addOwnEvents(fsys fs.FS, s sheet, o Options) error {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	c := s.own
	watch := &clock{since: c.since}
	err = table.each(func(record []string) error {
		row, err := table.ownRow(record, s, watch)
		if err != nil {
			return err
		}
		begin := row.at
		if c.end {
			begin -= row.duration
		}
		// Before the begin of a trace whose times count from it.
		if begin < 0 {
			return table.badCell(c.time, record[c.time], "must be at least the duration of the call")
		}
		f := l.function(row.key, c.describe)
		l.add(f, minuteOf(begin))
		if row.timed {
			f.lasted(row.duration)
		}
		return nil
	})
	watch.describe(o.summary, c)
	return err
}

// ownRow is what a row of own data has beside a count.
type ownRow struct {
	at       float64 // seconds
	key      eventKey
	duration float64 // seconds, 0 if unknown
	timed    bool    // duration is known
}

// ownRow reads a row of a sheet, whose times watch reads.
func (t *table) ownRow(record []string, s sheet, watch *clock) (row ownRow, err error) {
	if row.at, err = t.time(record, s.own.time, watch); err != nil {
		return row, err
	}
	if row.key, err = t.ownKey(record, s); err != nil {
		return row, err
	}
	row.duration, row.timed, err = t.ownDuration(record, s.own)
	return row, err
}

// describe notes how times and durations of a file are taken.
func (c *clock) describe(summary *Summary, own ownColumns) {
	if c.unit > 1 {
		summary.note("times are taken as Unix %s", c.unitName())
	}
	if own.duration >= 0 {
		unit := time.Duration(own.perUnit * float64(time.Second))
		summary.note("durations without a unit are taken as multiples of %v", unit)
	}
}

// time reads the time in a cell in seconds.
func (t *table) time(record []string, i int, c *clock) (float64, error) {
	at, err := c.seconds(t.decimal(record[i]))
	if err != nil {
		return 0, t.badCell(i, record[i], err.Error())
	}
	return at, nil
}

// ownKey returns the function of a row: that of its columns, or the one that the file
// is named after.
func (t *table) ownKey(record []string, s sheet) (eventKey, error) {
	c := s.own
	var k eventKey
	if c.app >= 0 {
		k.app = record[c.app]
	}
	switch {
	case c.function >= 0:
		k.name = record[c.function]
	case c.app >= 0:
		k.name, k.app = k.app, ""
	default:
		k.name = s.fileFunction()
	}
	if k.name == "" {
		return k, t.badCell(max(c.function, c.app, 0), "", "must name a function")
	}
	return k, nil
}

// describe returns the function of a key. A function without an application has no
// known owner; otherwise the application is taken as its owner, as for Azure2021.
func (c ownColumns) describe(k eventKey) Function {
	switch {
	case k.app == "":
		return Function{Name: k.name}
	case c.namespace:
		return Function{Name: k.name + "." + k.app, App: k.app}
	}
	return invokedFunction(k)
}

// ownDuration returns the duration of a row in seconds: a number in the unit of the
// heading, or a text such as 120ms. An empty cell is unknown. A malformed one is
// unknown as well and counted; with Strict it is an error.
func (t *table) ownDuration(record []string, c ownColumns) (seconds float64, known bool, err error) {
	if c.duration < 0 || isEmpty(record[c.duration]) {
		return 0, false, nil
	}
	cell := t.decimal(record[c.duration])
	seconds, err = strconv.ParseFloat(cell, 64)
	seconds *= c.perUnit
	if err != nil {
		var d time.Duration
		d, err = time.ParseDuration(strings.ReplaceAll(cell, " ", ""))
		seconds = d.Seconds()
	}
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds >= MaxMinutes*60 {
		bad := t.badCell(c.duration, record[c.duration], "must be a duration, at least 0 and below 366 days")
		return 0, false, t.options.leftOut(bad, &t.options.summary.BadDurations)
	}
	return seconds, true, nil
}

// decimal returns a number with a point if it has a comma, which is usual where
// semicolons separate.
func (t *table) decimal(cell string) string {
	if t.rows.Comma == ';' && strings.Count(cell, ",") == 1 {
		return strings.Replace(cell, ",", ".", 1)
	}
	return cell
}
