package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"prewarm/shared/config"
)

// Bounds of a schedule.
const (
	MaxText     = 8192  // bytes
	MaxPeriods  = 32    // of a schedule
	MaxDates    = 400   // excluded dates of a period
	MaxReplicas = 10000 // as of the labels
	MaxLength   = 7 * day
	maxField    = 100 // characters of an expression or time zone
)

// Formats of excluded dates: of one year, and of every year.
const (
	dateFormat   = "2006-01-02"
	yearlyFormat = "01-02"
)

// Fields of a period. fieldDesired is the word of KEDA's cron trigger for fieldMin: it too is
// the least, beside which other triggers may want more.
const (
	fieldZone     = "timezone"
	fieldStart    = "start"
	fieldEnd      = "end"
	fieldLength   = "duration"
	fieldMin      = "minReplicaCount"
	fieldDesired  = "desiredReplicas"
	fieldMax      = "maxReplicaCount"
	fieldExcluded = "excludedDates"
)

var fields = []string{fieldZone, fieldStart, fieldEnd, fieldLength, fieldMin, fieldDesired, fieldMax, fieldExcluded}

// Parse reads a schedule: a YAML list of periods, or one period alone. [] is the schedule
// without periods. The error names each wrong field, as name[0].start, its bounds and its value.
func Parse(name, text string) (*Schedule, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%s must have at most %d bytes, had: %d", name, MaxText, len(text))
	}
	entries, err := decode(name, text)
	if err != nil {
		return nil, err
	}
	if len(entries) > MaxPeriods {
		return nil, fmt.Errorf("%s must have at most %d periods, had: %d", name, MaxPeriods, len(entries))
	}
	s := &Schedule{}
	var failures []error
	for i, entry := range entries {
		p, err := entry.period(fmt.Sprintf("%s[%d].", name, i))
		s.periods, failures = append(s.periods, p), append(failures, err)
	}
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	return s, nil
}

// entry is a period as text, by field.
type entry map[string]string

// period reads the fields of an entry. prefix stands before their names in the error.
func (e entry) period(prefix string) (p period, err error) {
	r := config.NewReader(func(key string) string { return e[strings.TrimPrefix(key, prefix)] })
	p.zone = config.Parse(r, prefix+fieldZone, "", parseZone)
	p.start = config.Parse(r, prefix+fieldStart, "", parseCron)
	p.excluded = config.Parse(r, prefix+fieldExcluded, "", parseDates)
	p.min = r.Int(prefix+fieldMin, 0, 1, MaxReplicas)
	p.min = max(p.min, r.Int(prefix+fieldDesired, 0, 1, MaxReplicas))
	p.max = r.Int(prefix+fieldMax, noMax, 0, MaxReplicas)
	if e[fieldEnd] != "" {
		p.end = config.Parse(r, prefix+fieldEnd, "", parseCron)
	}
	p.length = r.Duration(prefix+fieldLength, 0, time.Minute, MaxLength)
	p.text = e[fieldStart] + " " + e[fieldZone]
	if p.start != nil && p.next(someDay).IsZero() {
		r.Check(fmt.Errorf("%s%s must leave a date on which the period starts, was: %.100q", prefix, fieldExcluded, e[fieldExcluded]))
	}
	return p, errors.Join(r.Err(), e.check(prefix, p))
}

// check checks fields that depend on each other, and that no other field is set.
func (e entry) check(prefix string, p period) error {
	var unknown []string
	for field := range e {
		if !slices.Contains(fields, field) {
			unknown = append(unknown, fmt.Sprintf("%.40q", field))
		}
	}
	slices.Sort(unknown)
	switch {
	case unknown != nil:
		return fmt.Errorf("%s* must be one of %s, was: %s", prefix, strings.Join(fields, ", "), strings.Join(unknown, ", "))
	case (e[fieldEnd] == "") == (e[fieldLength] == ""):
		return fmt.Errorf("%s%s or %s%s must be set, and only one of them", prefix, fieldEnd, prefix, fieldLength)
	case e[fieldEnd] != "" && e[fieldEnd] == e[fieldStart]:
		return fmt.Errorf("%s%s must differ from %s, was: %.100q", prefix, fieldEnd, fieldStart, e[fieldEnd])
	case p.length%time.Minute != 0:
		return fmt.Errorf("%s%s must be in whole minutes, was: %v", prefix, fieldLength, p.length)
	case e[fieldMin] != "" && e[fieldDesired] != "":
		return fmt.Errorf("%s%s and %s%s mean the same, and only one of them must be set", prefix, fieldMin, prefix, fieldDesired)
	case e[fieldMin]+e[fieldDesired]+e[fieldMax] == "":
		return fmt.Errorf("%s%s or %s%s must be set", prefix, fieldMin, prefix, fieldMax)
	case p.max < p.min:
		return fmt.Errorf("%s%s must be at least the minimum %d, was: %d", prefix, fieldMax, p.min, p.max)
	}
	return nil
}

// parseZone reads the name of a time zone in the IANA database.
func parseZone(text string) (*time.Location, error) {
	const must = `must be a time zone of the IANA database, such as Europe/Berlin or UTC, was: %.100q`
	if text == "" || text == "Local" || len(text) > maxField { // Local is the zone of the machine
		return nil, fmt.Errorf(must, text)
	}
	zone, err := time.LoadLocation(text)
	if err != nil {
		return nil, fmt.Errorf(must, text)
	}
	return zone, nil
}

// expression reads five fields, as KEDA does.
var expression = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// someDay is before a 29th of February: an expression that ever comes true does so within five
// years after it.
var someDay = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// parseCron reads a cron expression that comes true sometimes.
func parseCron(text string) (cron.Schedule, error) {
	const must = "must be a cron expression of five fields, such as 0 8 * * 1-5"
	if len(text) > maxField || strings.Contains(text, "=") { // the library reads a time zone before =
		return nil, fmt.Errorf("%s, of at most %d characters and without a time zone, was: %.100q", must, maxField, text)
	}
	schedule, err := expression.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s, was: %.100q (%.100v)", must, text, err)
	}
	if schedule.Next(someDay).IsZero() {
		return nil, fmt.Errorf("must come true on some day, never does: %.100q", text)
	}
	return schedule, nil
}

// parseDates reads dates that are separated by commas.
func parseDates(text string) (map[string]bool, error) {
	dates := map[string]bool{}
	for date := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		_, one := time.Parse(dateFormat, date)
		_, yearly := time.Parse(yearlyFormat, date)
		if one != nil && yearly != nil {
			return nil, fmt.Errorf("must be dates such as 2027-01-01, or 12-25 for every year, was: %.40q", date)
		}
		dates[date] = true
	}
	if len(dates) > MaxDates {
		return nil, fmt.Errorf("must be at most %d dates, were: %d", MaxDates, len(dates))
	}
	return dates, nil
}
