package trace_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"prewarm/shared/trace"
)

// wantRefused checks that files are refused with an error that has a text.
func wantRefused(t *testing.T, files fstest.MapFS, want string) {
	t.Helper()
	if _, err := trace.Read(files, trace.Options{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v; want one with %q", err, want)
	}
}

// Dates in digits alone are dates and not Unix milliseconds.
func TestCompactDatesAreDates(t *testing.T) {
	for _, rows := range []string{
		"20260301120000,f\n20260301120100,f\n", "202603011200,f\n202603011201,f\n",
		"20260301120000123,f\n20260301120100000,f\n", "20260301120000.0,f\n20260301120100.5,f\n",
		"202603011200.0,f\n202603011201.0,f\n",
	} {
		got := read(t, dir("a.csv", "time,function\n"+rows))
		if !got.Begin.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) || got.Minutes != 2 || len(got.Summary.Notes) != 0 {
			t.Errorf("%q: %d minutes from %v, notes %q", rows, got.Minutes, got.Begin, got.Summary.Notes)
		}
	}
	wantRefused(t, dir("a.csv", "time,function\n1772366400000,f\n20260301120000,f\n202603011200,f\n"), "in the unit of the rows before, milliseconds")
	wantRefused(t, dir("a.csv", "time,function\n20261301120000,f\n"), "must be a time such as")
}

// Functions whose rows begin at different times have the step of their own rows.
func TestTheStepIsThatOfEachFunction(t *testing.T) {
	got := read(t, dir("a.csv", "time,function,count\n2026-03-01 00:00,a,5\n2026-03-01 00:02,b,5\n2026-03-01 00:05,a,0\n2026-03-01 00:07,b,10\n"))
	wantCounts(t, got.Functions[0], "a", 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
	wantCounts(t, got.Functions[1], "b", 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2)
}

// A late row does not make the step of all others shorter.
func TestALateRowLeavesTheStepUnclear(t *testing.T) {
	for _, minutes := range []string{"00,05,10,11,15,20", "00,05,11,15,20"} {
		rows := "time,function,count\n"
		for minute := range strings.SplitSeq(minutes, ",") {
			rows += "2026-03-01 00:" + minute + ",f,5\n2026-03-01 00:" + minute + ",g,0\n"
		}
		wantRefused(t, dir("a.csv", rows), "most rows of a function are 5m0s apart, the distances have the common step 1m0s")
	}
}

// A function may have the name of a role: its column is not that of the functions.
func TestAColumnPerFunctionWithTheNameOfARole(t *testing.T) {
	wantRefused(t, dir("a.csv", "time,login,name,pay\n2026-03-01 12:00,1,2,3\n2026-03-01 12:01,0,0,4\n"), `one of which is named "name"`)
	if got := read(t, dir("a.csv", "time,function,status,size\n2026-03-01 12:00,pay,200,7\n2026-03-01 12:01,pay,500,9\n")); len(got.Functions) != 1 {
		t.Errorf("got %d functions", len(got.Functions))
	}
}

// A row that is left out for its time changes neither the step nor the durations; of
// rows in one wrong minute each counts.
func TestStrayRowsAreCountedEach(t *testing.T) {
	rows := "time,function,count,duration\n"
	for i := range 288 {
		rows += time.Unix(int64(1772323200+300*i), 0).UTC().Format(time.DateTime) + fmt.Sprintf(",f,%d,2\n", i%2*5)
	}
	got := read(t, dir("a.csv", rows+strings.Repeat("2000-01-01 00:01:00,f,1,1000\n", 2)))
	if f := got.Functions[0]; got.Minutes != 1440 || f.Counts[5] != 1 || f.Duration != 2 || got.Summary.BadRows != 2 {
		t.Errorf("%d minutes, %d calls in the sixth, duration %v, %s; want 1440, 1, 2, 2 rows left out", got.Minutes, f.Counts[5], f.Duration, got.Summary)
	}
	wantRefused(t, dir("a.csv", rows+strings.Repeat("2000-01-01 00:00:00,f,1,1\n", 100)+"2000-01-01 00:05:00,f,0,1\n"), "look for a wrong time")
}

// A counter is one in any order of its rows.
func TestACounterIsRefusedNewestFirst(t *testing.T) {
	var rows []string
	for i := range 90 {
		rows = append(rows, time.Unix(int64(1772366400+30*i), 0).UTC().Format(time.DateTime)+fmt.Sprintf(",f,%d\n", i))
	}
	slices.Reverse(rows)
	wantRefused(t, dir("a.csv", "time,function,count\n"+strings.Join(rows, "")), "running total")
}

// A file that lies beside others is read, named or refused.
func TestNoFileIsLeftOutSilently(t *testing.T) {
	wantRefused(t, dir("a.csv", ownCalls, "b.csv", "timestamp,function,value\n2026-03-01 12:00,f,1\n"), `a.csv is read as own_events, but beside it lies b.csv (timestamp,function,value), which has the column "value"`)
	wantRefused(t, dir("a.csv", ownCalls, "b.csv.gz", "\x1f\x8bdamaged"), "beside it lies b.csv.gz (gzip: ")
	got := read(t, dir("a.csv", ownCalls, "b.txt", "read me\n", "c.zip", "PK"))
	if want := "files that are no part of own_events: 2, which were not read: b.txt, c.zip"; !slices.Contains(got.Summary.Notes, want) {
		t.Errorf("notes %q; want %q", got.Summary.Notes, want)
	}
	got = read(t, dir("i.csv", "fn,1,2\na,1,2\n", "own.csv", ownCalls))
	if want := "files that are no part of " + string(trace.Azure2019SingleDay) + ": 1, which were not read: own.csv"; !slices.Contains(got.Summary.Notes, want) {
		t.Errorf("notes %q; want %q", got.Summary.Notes, want)
	}
}

// A small file does not take all memory.
func TestFunctionsTimesMinutesAreBounded(t *testing.T) {
	heading, zeros, calls := strings.Builder{}, strings.Repeat(",0", 8_000)+"\n", "time,function\n"
	for i := range 8_000 {
		heading.WriteString(",x" + strconv.FormatInt(int64(i), 36))
		calls += fmt.Sprintf("2026-%02d-01 00:00,f%d\n", i%2*11+1, i)
	}
	series := "time" + heading.String() + "\n2026-01-01 00:00" + zeros + "2026-01-01 00:01" + zeros + "2026-01-01 00:02" + zeros + "2026-12-31 00:00" + zeros
	wantRefused(t, dir("a.csv", series), "must be at most 1073741824, was: 8000 functions and 524161 minutes")
	wantRefused(t, dir("a.csv", calls), "was: 8000 functions and ")
}
