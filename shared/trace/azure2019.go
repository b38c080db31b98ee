package trace

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
)

// azureColumns is the number of columns before the minutes of an invocations
// file: HashOwner, HashApp, HashFunction, Trigger.
const azureColumns = 4

// dayOf finds the day in names like invocations_per_function_md.anon.d01.csv.
var dayOf = regexp.MustCompile(`\.d(\d{2,3})\.csv$`)

// azureDay is the content of one invocations file.
type azureDay struct {
	first, minutes int // minutes since midnight of day 1, and how many
	rows           []Function
}

// readAzure2019 reads the days of the 2019 release into one trace. A function without
// a row on a day was not called on it. Minutes that no file covers have no data.
func readAzure2019(fsys fs.FS, invocations, durations []string, o Options) (*Trace, error) {
	t := &Trace{}
	var days []azureDay
	for i, file := range invocations {
		day, err := readAzureDay(fsys, file, len(invocations) > 1, o)
		if err != nil {
			return nil, err
		}
		// The files are in the order of their names, so an overlap can only be with
		// the file before.
		if i > 0 && day.first < days[i-1].first+days[i-1].minutes {
			return nil, fmt.Errorf("%s: covers minutes of %s again", file, invocations[i-1])
		}
		days = append(days, day)
	}
	if err := t.join(days); err != nil {
		return nil, err
	}
	return t, t.addDurations(fsys, durations, o)
}

// readAzureDay reads one invocations file. The column with heading 1 is the minute
// from 00:00. dated means that the name of the file has the day.
func readAzureDay(fsys fs.FS, file string, dated bool, o Options) (day azureDay, err error) {
	table, err := openTable(fsys, file, o)
	if err != nil {
		return day, err
	}
	defer table.source.Close()
	label, err := table.minuteColumns(azureColumns)
	if err != nil {
		return day, err
	}
	offset, err := dayOffset(file, dated)
	if err != nil {
		return day, err
	}
	day.first, day.minutes = offset+max(0, label-1), len(table.header)-azureColumns
	// Per day: a function has one row in each file.
	seen := map[string]bool{}
	err = table.each(func(record []string) error {
		f, err := table.azureRow(record, day.minutes, seen)
		if err == nil {
			seen[f.Name] = true
			day.rows = append(day.rows, f)
		}
		return err
	})
	return day, err
}

// dayOffset returns the minutes before the day of a file. A single file needs no day
// in its name: its minutes count from its own midnight.
func dayOffset(file string, dated bool) (int, error) {
	if !dated {
		return 0, nil
	}
	match := dayOf.FindStringSubmatch(file)
	if match == nil {
		return 0, fmt.Errorf("%s: name must end in .dNN.csv with the day, as there are several files", file)
	}
	day, err := strconv.Atoi(match[1])
	if err != nil || day < 1 || day > MaxMinutes/MinutesPerDay {
		return 0, fmt.Errorf("%s: day must be 1 to %d, was: %s", file, MaxMinutes/MinutesPerDay, match[1])
	}
	return (day - 1) * MinutesPerDay, nil
}

// azureRow reads one row of an invocations file. A function that was seen before is
// an error.
func (t *table) azureRow(record []string, minutes int, seen map[string]bool) (Function, error) {
	f := Function{Owner: record[0], App: record[1], Name: record[2], Trigger: record[3]}
	if f.Name == "" || seen[f.Name] {
		return f, t.badCell(2, f.Name, "must name a function once")
	}
	f.Counts = make([]int32, minutes)
	return f, t.counts(f.Counts, record, azureColumns, false)
}

// join concatenates the counts of the days, function by function.
func (t *Trace) join(days []azureDay) error {
	last := days[len(days)-1]
	t.Start, t.Minutes = days[0].first, last.first+last.minutes-days[0].first
	// Checked before the counts are allocated for every function.
	if t.Minutes > MaxMinutes {
		return fmt.Errorf("must be at most %d minutes long, was: %d", MaxMinutes, t.Minutes)
	}
	at := map[string]int{}
	for d, day := range days {
		for _, row := range day.rows {
			i, known := at[row.Name]
			if !known {
				i = len(t.Functions)
				at[row.Name] = i
				t.Functions = append(t.Functions, t.uncalled(row, days))
			}
			// The first row of a function sets owner, application and trigger for
			// all days.
			copy(t.Functions[i].Counts[days[d].first-t.Start:], row.Counts)
		}
	}
	return nil
}

// uncalled returns f with zero calls in each minute that a file covers. In a trace of
// one day the row has all counts, so f keeps them.
func (t *Trace) uncalled(f Function, days []azureDay) Function {
	if len(days) == 1 {
		return f
	}
	f.Counts = newCounts(t.Minutes)
	for _, day := range days {
		clear(f.Counts[day.first-t.Start:][:day.minutes])
	}
	return f
}
