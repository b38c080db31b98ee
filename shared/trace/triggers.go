package trace

import (
	"io/fs"
	"strings"
)

// triggerHeadings returns the columns that are read of the file with the runtime and
// the triggers of the functions of a region.
func triggerHeadings() []string { return []string{"funcID", "triggerType-invocationType"} }

// addTriggers sets the triggers of the functions that have a cold start. Rows of
// other functions are skipped.
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
