package cron

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// timetable keeps the entries of a cron runner equal to the schedules of the functions.
// It is not safe for concurrent use.
type timetable struct {
	runner   *cron.Cron
	log      *slog.Logger
	tick     func(function string)
	entries  map[string]entry
	rejected map[string]string // invalid schedules by function; each is logged once
}

// entry is a running schedule of one function.
type entry struct {
	schedule string
	id       cron.EntryID
}

// newTimetable returns a timetable without entries, which calls tick at each time of a
// schedule.
func newTimetable(runner *cron.Cron, log *slog.Logger, tick func(function string)) *timetable {
	return &timetable{runner: runner, log: log, tick: tick, entries: map[string]entry{}, rejected: map[string]string{}}
}

// update makes exactly the wanted schedules run. A schedule that has not changed keeps
// its phase: @every 5s does not start again.
func (t *timetable) update(wanted map[string]string) {
	// A changed schedule is removed here and added below.
	for function, e := range t.entries {
		if schedule, stays := wanted[function]; !stays || schedule != e.schedule {
			t.runner.Remove(e.id)
			delete(t.entries, function)
			t.log.Info("schedule removed", "function", function, "schedule", e.schedule)
		}
	}
	for function := range t.rejected {
		if schedule, stays := wanted[function]; !stays || schedule != t.rejected[function] {
			delete(t.rejected, function)
		}
	}
	for function, schedule := range wanted {
		_, running := t.entries[function]
		_, known := t.rejected[function]
		if !running && !known {
			t.add(function, schedule)
		}
	}
}

// add starts a schedule. An invalid schedule is logged and remembered, so that it is not
// logged again with each update.
func (t *timetable) add(function, schedule string) {
	parsed, err := parse(schedule)
	if err != nil {
		t.rejected[function] = schedule
		t.log.Error("schedule rejected", "function", function, "schedule", schedule, "error", err)
		return
	}
	id := t.runner.Schedule(parsed, cron.FuncJob(func() { t.tick(function) }))
	t.entries[function] = entry{schedule: schedule, id: id}
	t.log.Info("schedule added", "function", function, "schedule", schedule, "next", parsed.Next(time.Now().UTC()))
}

// parse reads a schedule of five fields or a descriptor. The library accepts a time
// zone in front, and panics if nothing follows it.
func parse(schedule string) (cron.Schedule, error) {
	zone := strings.HasPrefix(schedule, "TZ=") || strings.HasPrefix(schedule, "CRON_TZ=")
	if zone && !strings.Contains(schedule, " ") {
		return nil, errors.New("schedule must have five fields after the time zone")
	}
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		return nil, fmt.Errorf("schedule must have five fields or be a descriptor like @every 5s: %w", err)
	}
	return parsed, nil
}
