package schedule

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// period is a time that recurs, with bounds of the replicas.
type period struct {
	zone     *time.Location
	start    cron.Schedule
	end      cron.Schedule // nil if the period lasts length
	length   time.Duration
	min      int             // 0 for none
	max      int             // noMax for none
	excluded map[string]bool // dates in the formats of parseDates on which it does not start
	text     string          // start and time zone
}

// occurrence is a period that is open.
type occurrence struct {
	*period
	end time.Time // on the clock on the wall
}

// wall returns what the clock on the wall of the zone shows at t, as a time in UTC: the
// arithmetic of cron expressions then knows no time that is skipped or shown twice.
func (p *period) wall(t time.Time) time.Time {
	_, offset := t.In(p.zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// ends returns the moment at which the occurrence ends.
func (o occurrence) ends() time.Time {
	e := o.end
	return time.Date(e.Year(), e.Month(), e.Day(), e.Hour(), e.Minute(), 0, 0, o.zone)
}

// String states until when the period is open, and which one it is.
func (o occurrence) String() string {
	return fmt.Sprintf("until %s (%s)", o.ends().Format("2006-01-02 15:04 MST"), o.text)
}

// from is String for a period that opens later.
func (o occurrence) from(t time.Time) string {
	return fmt.Sprintf("from %s %s", t.In(o.zone).Format("15:04"), o)
}

// occurrence returns the occurrence of the period that is open at t.
func (p *period) occurrence(t time.Time) (o occurrence, open bool) {
	at := p.wall(t)
	if p.end == nil {
		began := p.next(at.Add(-p.length))
		return occurrence{p, began.Add(p.length)}, !began.IsZero() && !began.After(at)
	}
	start, begun := p.lastStart(at)
	if !begun {
		return o, false
	}
	// All starts before the same end belong to one period.
	end := p.end.Next(start)
	return occurrence{p, end}, end.After(at)
}

// lookBack is how far back the last start of a period is searched.
var lookBack = []time.Duration{time.Hour, day, 8 * day, 32 * day, 367 * day, farthest}

const (
	day      = 24 * time.Hour
	farthest = 5 * 366 * day // as far as the library looks ahead
)

// lastStart returns the last start at or before a time, and whether there is one within
// farthest. It takes about as long for a start in each minute as for one in a year: owners write
// what they like, and all functions wait for it.
func (p *period) lastStart(at time.Time) (last time.Time, begun bool) {
	for _, back := range lookBack {
		if last = p.next(at.Add(-back)); !last.IsZero() && !last.After(at) {
			begun = true
			break
		}
	}
	for none := at; begun && none.Sub(last) >= time.Minute; { // no start lies after none
		middle := last.Add(none.Sub(last) / 2)
		if later := p.next(middle); !later.IsZero() && !later.After(at) {
			last = later
		} else {
			none = middle
		}
	}
	return last, begun
}

// next returns the first start after t whose date is not excluded, zero for none within
// farthest.
func (p *period) next(t time.Time) time.Time {
	start := p.start.Next(t)
	for !start.IsZero() && p.excludes(start) {
		date := start.Truncate(day)
		for p.excludes(date) && date.Sub(t) <= farthest {
			date = date.Add(day)
		}
		if date.Sub(t) > farthest {
			return time.Time{}
		}
		start = p.start.Next(date.Add(-time.Second))
	}
	return start
}

// excludes reports whether the date of t is excluded.
func (p *period) excludes(t time.Time) bool {
	return len(p.excluded) > 0 && (p.excluded[t.Format(dateFormat)] || p.excluded[t.Format(yearlyFormat)])
}
