package trace

import (
	"io/fs"
	"strings"
)

// triggerHeadings returns the columns that are read of the file with the runtime and
// the triggers of the functions of a region.
func triggerHeadings() []string { return []string{"funcID", "triggerType-invocationType"} }

// addAllTriggers sets the triggers of the functions from all files that have them.
// Functions must be known before: it comes after their events.
func (l *eventLog) addAllTriggers(fsys fs.FS, found files, o Options) error {
	for _, s := range found[triggerTypes] {
		if err := l.addTriggers(fsys, s, o); err != nil {
			return err
		}
	}
	return nil
}

// addTriggers sets the triggers of the functions that have an event. Rows of
// other functions are skipped.
func (l *eventLog) addTriggers(fsys fs.FS, s sheet, o Options) error {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	columns, err := table.columns(triggerHeadings())
	if err != nil {
		return err
	}
	within := inRegion(regionOf(s.place, o.Region))
	return table.each(func(record []string) error {
		if record[columns[0]] == "" {
			return table.badCell(columns[0], "", "must name a function")
		}
		if f, known := l.named[within+record[columns[0]]]; known {
			f.Trigger = triggersOf(record[columns[1]])
		}
		return nil
	})
}

// triggersOf returns the names of triggers in lower case, as other traces have them,
// without the suffix for whether the caller waits for the answer: "apig timer"
// for "APIG-S TIMER-A".
func triggersOf(list string) string {
	var triggers []string
	for _, t := range strings.Fields(strings.ToLower(list)) {
		name, _, _ := strings.Cut(t, "-")
		triggers = append(triggers, name)
	}
	return strings.Join(triggers, " ")
}
