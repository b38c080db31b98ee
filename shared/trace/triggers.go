package trace

import (
	"io/fs"
	"strings"
)

// triggerHeadings are the columns that are read of the file that tells runtime
// and trigger of the functions of a region.
func triggerHeadings() []string { return []string{"funcID", "triggerType-invocationType"} }

// addTriggers sets the triggers of functions with a cold start. A row of a
// function without one is left aside.
func (l *eventLog) addTriggers(fsys fs.FS, file string, o Options) error {
	table, err := openTable(fsys, file, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	columns, err := table.columns(triggerHeadings())
	if err != nil {
		return err
	}
	within := inRegion(regionOf(file, o.Region))
	err = table.each(func(record []string) error {
		if record[columns[0]] == "" {
			return table.badCell(columns[0], "", "must name a function")
		}
		if f, known := l.named[within+record[columns[0]]]; known {
			f.Trigger = triggersOf(record[columns[1]])
		}
		return nil
	})
	l.skipped += table.skipped
	return err
}

// triggersOf returns "apig timer" for "APIG-S TIMER-A": the triggers without
// whether they wait for the answer, in small letters as other traces have them.
func triggersOf(list string) string {
	var triggers []string
	for _, t := range strings.Fields(strings.ToLower(list)) {
		name, _, _ := strings.Cut(t, "-")
		triggers = append(triggers, name)
	}
	return strings.Join(triggers, " ")
}
