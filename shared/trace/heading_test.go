package trace_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"prewarm/shared/trace"
)

// layouts has a small trace of each layout, as it is published.
func layouts() map[trace.Layout]fstest.MapFS {
	return map[trace.Layout]fstest.MapFS{
		trace.Azure2019: dir(
			"invocations_per_function_md.anon.d01.csv", invocationsHead+"1,2\no,a,f,http,1,2\n",
			"function_durations_percentiles.anon.d01.csv", durationsHead+"o,a,f,10,1,1,1,1,1,1\n"),
		trace.Azure2019SingleDay: dir("invocations.csv", "fn,1,2,3\na,1,2,3\n"),
		trace.Azure2021:          dir("invocations.txt", invokedHead+"a,f,60.3,0.3\n"),
		trace.Huawei2023: dir(
			"requests_minute/day_000.csv", "day,time,f\n0,60,1\n",
			"function_delay_minute/day_000.csv", "day,time,f\n0,60,20\n"),
		trace.Huawei2025Regions: dir("R1.csv", "minute,cold_starts\n0,465\n1,201\n"),
		trace.Huawei2025: dir(
			"cold_start/R1/day_00.csv", startsHead+"0,59.9,1,10,134,aa,2,0.25,0.5,0.25,1,pool24-600-512-0000577863\n",
			"R1_triggers.csv", "funcID,triggerType-invocationType\n10---134---pool24-600-512,TIMER-A\n"),
	}
}

// quoteHeading writes a file as R does, which quotes words.
func quoteHeading(file string) string {
	heading, rows, _ := strings.Cut(file, "\n")
	return quoteAll(heading+"\n") + rows
}

// quoteAll quotes all cells of a file, as spreadsheets can.
func quoteAll(file string) string {
	var all strings.Builder
	for line := range strings.Lines(file) {
		all.WriteString(`"` + strings.ReplaceAll(strings.TrimSuffix(line, "\n"), ",", `","`) + "\"\r\n")
	}
	return all.String()
}

// TestALayoutIsRecognisedHoweverItsFilesAreWritten: a trace that another program
// has read and saved again is the same trace.
func TestALayoutIsRecognisedHoweverItsFilesAreWritten(t *testing.T) {
	mark := func(file string) string { return "\ufeff" + file }
	for layout, published := range layouts() {
		want := read(t, published)
		if want.Layout != layout {
			t.Fatalf("%s is taken for %s", layout, want.Layout)
		}
		for name, rewrite := range map[string]func(string) string{
			"quoted heading":            quoteHeading,
			"quoted cells":              quoteAll,
			"byte order mark":           mark,
			"mark and a quoted heading": func(file string) string { return mark(quoteHeading(file)) },
		} {
			saved := fstest.MapFS{}
			for file, content := range published {
				saved[file] = &fstest.MapFile{Data: []byte(rewrite(string(content.Data)))}
			}
			if got, err := trace.Read(saved, trace.Options{}); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: %v\ngot %+v\nwant %+v", layout, name, err, got, want)
			}
		}
	}
}

// TestALongHeadingIsRecognisedByItsFirstColumns: a quoted heading of two days is longer
// than the part of a file that is read to recognise its layout.
func TestALongHeadingIsRecognisedByItsFirstColumns(t *testing.T) {
	var heading, row strings.Builder
	heading.WriteString("fn")
	row.WriteString("a")
	for minute := 1; minute <= 2*trace.MinutesPerDay; minute++ {
		fmt.Fprintf(&heading, ",%d", minute)
		row.WriteString(",1")
	}
	got := read(t, dir("invocations.csv", quoteAll(heading.String()+"\n"+row.String()+"\n")))
	if got.Layout != trace.Azure2019SingleDay || got.Minutes != 2*trace.MinutesPerDay {
		t.Errorf("layout %s, %d minutes", got.Layout, got.Minutes)
	}
}

// TestFilesThatAreNoTraceAreLeftAside: beside one, whatever their first bytes are.
func TestFilesThatAreNoTraceAreLeftAside(t *testing.T) {
	files := dir("invocations.csv", "fn,1,2\na,1,2\n", "empty.csv", "", "names.csv", "fn\na\n", "starts.csv", "minute,cold_starts_total\n0,1\n", "open.csv", "\"fn,1\n", "read me.txt", "a trace\n")
	if got := read(t, files); got.Layout != trace.Azure2019SingleDay || len(got.Functions) != 1 {
		t.Errorf("layout %s, %d functions", got.Layout, len(got.Functions))
	}
}
