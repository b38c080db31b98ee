package trace

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// azureColumns is the number of columns before the minutes of an invocations
// file: HashOwner, HashApp, HashFunction, Trigger.
const azureColumns = 4

// dayOf finds the day in names like invocations_per_function_md.anon.d01.csv.
var dayOf = regexp.MustCompile(`(?i)\.d(\d{2,3})\.csv(\.gz)?$`)

// azureKey identifies a function of the 2019 release: the same name in another
// application is another function.
type azureKey struct{ owner, app, name string }

// key returns what identifies a function of the 2019 release.
func (f Function) key() azureKey { return azureKey{f.Owner, f.App, f.Name} }

// azureDay is the content of one invocations file.
type azureDay struct {
	first, minutes int // minutes since midnight of day 1, and how many
	functions      []Function
}

// readAzure2019 reads the days of the 2019 release into one trace. A function without
// a row on a day was not called on it. Minutes that no file covers have no data.
func readAzure2019(fsys fs.FS, found files, o Options) (*Trace, error) {
	t := &Trace{}
	days, err := readAzureDays(fsys, found[invocations], o)
	if err == nil {
		err = t.join(days)
	}
	if err == nil {
		err = t.addDurations(fsys, found[durations], o)
	}
	if err == nil {
		err = t.addMemory(fsys, found[applicationMemory], o)
	}
	if err != nil {
		return nil, err
	}
	t.qualify()
	return t, nil
}

// readAzureDays reads the invocations files in the order of their days.
func readAzureDays(fsys fs.FS, invocations []sheet, o Options) (days []azureDay, err error) {
	// By the names of the files, which end with the day, wherever they lie.
	slices.SortStableFunc(invocations, func(a, b sheet) int { return strings.Compare(dayOf.FindString(a.name), dayOf.FindString(b.name)) })
	for i, s := range invocations {
		day, err := readAzureDay(fsys, s, len(invocations) > 1, o)
		if err != nil {
			return nil, err
		}
		// The files are in the order of their days, so an overlap can only be with
		// the file before.
		if i > 0 && day.first < days[i-1].first+days[i-1].minutes {
			return nil, fmt.Errorf("%s: covers minutes of %s again", s.name, invocations[i-1].name)
		}
		days = append(days, day)
	}
	return days, nil
}

// readAzureDay reads one invocations file. The column with heading 1 is the minute
// from 00:00. dated means that the name of the file has the day.
func readAzureDay(fsys fs.FS, s sheet, dated bool, o Options) (day azureDay, err error) {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return day, err
	}
	defer table.source.Close()
	label, err := table.minuteColumns(azureColumns)
	if err != nil {
		return day, err
	}
	offset, err := dayOffset(s.name, dated)
	if err != nil {
		return day, err
	}
	day.first, day.minutes = offset+max(0, label-1), len(table.header)-azureColumns
	seen := map[azureKey]int{} // index of a function
	return day, table.each(func(record []string) error { return table.azureRow(record, &day, seen) })
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

// azureRow adds one row of an invocations file to its day. A function has a row for
// each of its triggers, whose calls are added up. The same trigger again is an error.
func (t *table) azureRow(record []string, day *azureDay, seen map[azureKey]int) error {
	f := Function{Owner: record[0], App: record[1], Name: record[2], Trigger: record[3]}
	at, again := seen[f.key()]
	if f.Name == "" || again && slices.Contains(strings.Fields(day.functions[at].Trigger), f.Trigger) {
		return t.badCell(2, f.Name, "must name a function once for each trigger")
	}
	f.Counts = make([]int32, day.minutes)
	if err := t.counts(f.Counts, record, azureColumns, false); err != nil {
		return err
	}
	if again {
		day.functions[at].merge(f)
		return nil
	}
	seen[f.key()] = len(day.functions)
	day.functions = append(day.functions, f)
	return nil
}

// merge adds the calls of another trigger of f.
func (f *Function) merge(other Function) {
	f.Trigger += " " + other.Trigger
	for i, n := range other.Counts {
		f.Counts[i] = addCapped(f.Counts[i], n)
	}
}

// addCapped returns the sum of two counts, at most the largest count.
func addCapped(a, b int32) int32 { return int32(min(int64(a)+int64(b), math.MaxInt32)) }

// join concatenates the counts of the days, function by function.
func (t *Trace) join(days []azureDay) error {
	last := days[len(days)-1]
	t.Start, t.Minutes = days[0].first, last.first+last.minutes-days[0].first
	// Checked before the counts are allocated for every function.
	if t.Minutes > MaxMinutes {
		return fmt.Errorf("must be at most %d minutes long, was: %d", MaxMinutes, t.Minutes)
	}
	at := map[azureKey]int{}
	for d, day := range days {
		for _, f := range day.functions {
			i, known := at[f.key()]
			if !known {
				i = len(t.Functions)
				at[f.key()] = i
				t.Functions = append(t.Functions, t.uncalled(f, days))
			}
			// The first day of a function sets the trigger for all days.
			copy(t.Functions[i].Counts[days[d].first-t.Start:], f.Counts)
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
