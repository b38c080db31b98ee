package trace_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"prewarm/shared/trace"
)

// ownCalls has four calls of two functions in three minutes.
const ownCalls = "timestamp,function,duration\n" +
	"2026-03-01T23:59:10Z,pay,0.5\n2026-03-02T00:01:59.999Z,send,\n2026-03-01T23:59:50Z,pay,1.5\n2026-03-02T00:01:00Z,pay,1\n"

// The times of calls may be written in any form that is not ambiguous, in any order.
func TestCallsOfOnesOwnAreRead(t *testing.T) {
	for name, content := range map[string]string{
		"dates":              ownCalls,
		"small differences":  strings.ReplaceAll(strings.Replace(ownCalls, "timestamp,function,duration", "Function Name , Start-Time,Latency (s)", 1), "\n", "\r\n"),
		"another zone":       "ts,fn,elapsed\n2026-03-02 00:59:10+01:00,pay,0.5\n2026-03-02 01:01:59.999+0100,send,\n2026-03-02 00:59:50 +0100,pay,1500ms\n2026-03-02 01:01:00+01:00,pay,1s\n",
		"seconds":            "time,name,duration_ms\n1772409550,pay,500\n1772409719.999,send,\n1772409590,pay,1500\n1772409660,pay,1000\n",
		"milliseconds":       "time,service,duration_us\n1772409550000,pay,500000\n1772409719999,send,\n1772409590000,pay,1500000\n1772409660000,pay,1000000\n",
		"nanoseconds":        "time,func,duration\n1772409550000000000,pay,0.5\n1772409719999000000,send,\n1772409590000000000,pay,1.5\n1772409660000000000,pay,1\n",
		"ends of calls":      "function,end_time,duration\npay,2026-03-01 23:59:10.5,0.5\nsend,2026-03-02 00:01:59,\npay,2026-03-01 23:59:51.5,1.5\npay,2026-03-02 00:02:00,1\n",
		"further columns":    "status,time,function,duration,code\nok,2026-03-01 23:59,pay,0.5,200\nok,2026-03-02 00:01,send,,200\nok,2026-03-01 23:59,pay,1.5,500\nok,2026-03-02 00:01,pay,1,200\n",
		"decimal commas":     "time;function;duration\n1772409550,5;pay;0,5\n1772409719,9;send;\n1772409590,0;pay;1,5\n1772409660;pay;1\n",
		"an index":           ",time,function,duration\n0,1772409550,pay,0.5\n1,1772409719,send,\n2,1772409590,pay,1.5\n3,1772409660,pay,1\n",
		"tabs and no values": "time\tfunction\tduration\n1772409550\tpay\t0.5\n1772409719\tsend\tNaN\n1772409590\tpay\t1.5\n1772409660\tpay\t1\n",
	} {
		if name == "small differences" {
			content = swapFirst(content)
		}
		got := read(t, dir("calls.csv", content))
		if got.Layout != trace.OwnEvents || got.Start != 1439 || got.Minutes != 3 || !got.Begin.Equal(time.Date(2026, 3, 1, 23, 59, 0, 0, time.UTC)) || got.Summary.String() != "" {
			t.Errorf("%s: %s, %d minutes from %d, %v, %s", name, got.Layout, got.Minutes, got.Start, got.Begin, got.Summary)
			continue
		}
		wantCounts(t, got.Functions[0], "pay", 2, 0, 1)
		wantCounts(t, got.Functions[1], "send", 0, 0, 1)
		if got.Functions[0].Duration != 1 || got.Functions[1].Duration != 0 {
			t.Errorf("%s: durations %v and %v s; want 1 and 0 (unknown)", name, got.Functions[0].Duration, got.Functions[1].Duration)
		}
	}
}

// swapFirst exchanges the first two columns of the rows below the heading.
func swapFirst(content string) string {
	heading, rows, _ := strings.Cut(content, "\r\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(rows, "\r\n"), "\r\n") {
		cells := strings.Split(line, ",")
		heading += "\r\n" + cells[1] + " , " + cells[0] + "," + cells[2]
	}
	return heading + "\r\n"
}

// Counts are read with a row per function and with a column per function; a function of
// a file without names has that of the file.
func TestCountsOfOnesOwnAreRead(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"long":          dir("a.csv", "time,function,count\n2026-03-01 12:00,pay,3\n2026-03-01 12:00,send,0\n2026-03-01 12:01,pay,0\n2026-03-01 12:02,send,4\n2026-03-01 12:02,pay,1\n"),
		"wide":          dir("a.csv", "time,pay,send\n2026-03-01 12:00,3,0\n2026-03-01 12:01,0,0\n2026-03-01 12:02,1,4\n"),
		"data frame":    dir("a.csv", ",pay,send\n2026-03-01 12:00:00,3.0,0.0\n2026-03-01 12:01:00,0.0,0.0\n2026-03-01 12:02:00,1.0,4.0\n"),
		"empty is zero": dir("a.csv", "time,pay,send\n2026-03-01 12:00,3,\n2026-03-01 12:01,,\n2026-03-01 12:02,1,4\n"),
		"ten seconds":   dir("a.csv", "time,function,calls\n1772366400,pay,1\n1772366410,pay,2\n1772366500,pay,0\n1772366520,send,3\n1772366550,send,1\n1772366550,pay,1\n"),
		"file each":     dir("x/pay.csv", "time,count\n1772366400,3\n1772366460,0\n1772366520,1\n", "x/send.CSV", "time,count\n1772366400,0\n1772366520,4\n"),
	} {
		got := read(t, files)
		if got.Start != 720 || got.Minutes != 3 || len(got.Functions) != 2 {
			t.Errorf("%s: %d functions, %d minutes from %d", name, len(got.Functions), got.Minutes, got.Start)
			continue
		}
		wantCounts(t, got.Functions[0], "pay", 3, 0, 1)
		wantCounts(t, got.Functions[1], "send", 0, 0, 4)
	}
}

// If rows without calls are written, a minute without a row was not measured, nor was
// an empty cell.
func TestNoDataIsNotZero(t *testing.T) {
	got := read(t, dir("a.csv", "time,pay,send\n2026-03-01 12:00,3,0\n2026-03-01 12:02,,4\n2026-03-01 12:03,1,1\n"))
	wantCounts(t, got.Functions[0], "pay", 3, none, none, 1)
	wantCounts(t, got.Functions[1], "send", 0, none, 4, 1)
	if !slices.Contains(got.Summary.Notes, "minutes without any row: 1 of 4; they are taken as not recorded") {
		t.Errorf("notes: %q", got.Summary.Notes)
	}
}

// A count of several minutes is spread over them; a single call is in the first.
func TestACountOfSeveralMinutesIsSpread(t *testing.T) {
	long := "time,function,count\n2026-03-01 12:00,f,7\n2026-03-01 12:05,f,1\n2026-03-01 12:10,f,%\n"
	got := read(t, dir("a.csv", strings.Replace(long, "%", "0", 1)))
	wantCounts(t, got.Functions[0], "f", 2, 1, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if !slices.Contains(got.Summary.Notes, "each count covers 5m0s; its calls are spread evenly over the minutes") {
		t.Errorf("notes: %q", got.Summary.Notes)
	}
	unclear := dir("a.csv", strings.Replace(long, "%", "2", 1))
	if _, err := trace.Read(unclear, trace.Options{}); err == nil || !strings.Contains(err.Error(), "say with -step") {
		t.Errorf("error is %v; want one that asks for the step", err)
	}
	stated, err := trace.Read(unclear, trace.Options{Step: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, stated.Functions[0], "f", 7, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2)
}

// The same name in two applications is two functions.
func TestApplicationsTellFunctionsApart(t *testing.T) {
	got := read(t, dir("a.csv", "time,app,function\n2026-03-01 12:00,shop,f\n2026-03-01 12:00,mail,f\n"))
	wantCounts(t, got.Functions[0], "shop/f", 1)
	wantCounts(t, got.Functions[1], "mail/f", 1)
	spaces := read(t, dir("a.csv", "time,namespace,function\n2026-03-01 12:00,dev,f\n2026-03-01 12:00,prod,f\n"))
	wantCounts(t, spaces.Functions[1], "f.prod", 1)
}

// A malformed time costs its row, a malformed duration the duration of its call.
func TestABadCellOfOnesOwnIsCounted(t *testing.T) {
	files := dir("a.csv", "time,function,duration\n2026-03-01 12:00,f,2\n2026-03-01 12:00,f,-1\nyesterday,f,1\n2026-03-01 12:00,,1\n2026-03-01 12:01,f,4\n")
	got := read(t, files)
	wantCounts(t, got.Functions[0], "f", 2, 1)
	want := `2 of 5 rows were malformed and left out, 1 durations were malformed and count as unknown; the first: a.csv: line 3, column 3 (duration): must be a duration, at least 0 and below 366 days, was: "-1"`
	if got.Functions[0].Duration != 3 || got.Summary.String() != want {
		t.Errorf("duration %v, summary %s; want 3 and %s", got.Functions[0].Duration, got.Summary, want)
	}
	var bad *trace.RowError
	if _, err := trace.Read(files, trace.Options{Strict: true}); !errors.As(err, &bad) || bad.Line != 3 {
		t.Errorf("with Strict: %v", err)
	}
}

// One wrong date among hundreds of calls does not make the trace longer.
func TestAWrongDateCostsItsRow(t *testing.T) {
	rows := strings.Repeat("2026-03-01 12:00,f\n2026-03-01 12:01,f\n", 50)
	got := read(t, dir("a.csv", "time,function\n2062-03-01 12:00,g\n"+rows))
	wantCounts(t, got.Functions[0], "f", 50, 50)
	if len(got.Functions) != 1 || got.Summary.String() != "1 of 101 rows were malformed and left out" || len(got.Summary.Notes) != 1 {
		t.Errorf("%d functions, %s, %q", len(got.Functions), got.Summary, got.Summary.Notes)
	}
	var counts strings.Builder
	for m := range 120 {
		counts.WriteString(time.Unix(int64(1772366400+60*m), 0).UTC().Format(time.DateTime) + ",f,1\n")
	}
	long := read(t, dir("a.csv", "time,function,count\n1999-01-01 00:00:00,f,7\n"+counts.String()))
	if long.Minutes != 120 || long.Functions[0].Calls() != 120 || long.Summary.BadRows != 1 {
		t.Errorf("%d minutes, %d calls, %s", long.Minutes, long.Functions[0].Calls(), long.Summary)
	}
}

// What may be read in two ways is refused, with what was found.
func TestDoubtfulDataIsRefused(t *testing.T) {
	counter := "time,function,count\n"
	for m := range 90 {
		counter += time.Unix(int64(1772366400+60*m), 0).UTC().Format("2006-01-02 15:04") + ",f," + string(rune('0'+m/10)) + string(rune('0'+m%10)) + "\n"
	}
	for want, files := range map[string]fstest.MapFS{
		`a.csv (time,function,value), which has the column "value", which may be`: dir("a.csv", "time,function,value\n2026-03-01 12:00,f,1\n"),
		`has the column "x", which may be a number of calls`:                      dir("a.csv", "time,function,x\n2026-03-01 12:00,f,1\n"),
		"running total":                           dir("a.csv", counter),
		"2 of 2 rows of a.csv are malformed":      dir("a.csv", "time,function\n01/03/2026 12:00,f\n02/03/2026 12:00,f\n"),
		"must be named second or minute":          dir("a.csv", "time,function\n0,f\n60,f\n"),
		"in the unit of the rows before, seconds": dir("a.csv", "time,function\n1772366400,f\n1772366400000,f\n1772366400000,f\n"),
		"at most a minute, or whole minutes":      dir("a.csv", "time,f,g\n2026-03-01 00:00,1,0\n2026-03-02 00:00,1,0\n"),
		"look for a wrong time":                   dir("a.csv", "time,function\n2026-03-01 00:00,f\n2062-03-02 00:00,f\n"),
		`has no column of functions, such as function, and words in the column "who"`: dir("a.csv", "time,who\n2026-03-01 00:00,f\n"),
		"own_events (a.csv), own_counts (b.csv)":                                      dir("a.csv", ownCalls, "b.csv", "time,function,count\n2026-03-01 12:00,f,1\n"),
		"must name a function once, was: \"f\"":                                       dir("a.csv", "time,f,f\n2026-03-01 12:00,1,2\n"),
		"found a.csv (JSON: save it as CSV)":                                          dir("a.csv", "[{}]"),
		"found a.zip (not named .csv, .tsv or .txt":                                   dir("a.zip", "PK\x03\x04"),
		"nearest to azure2021, which has end_timestamp and duration as well":          dir("a.csv", "app,func\na,f\n"),
		"no file is there": dir(),
	} {
		if got, err := trace.Read(files, trace.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v; want one with %s; read %+v", err, want, got)
		}
	}
}

// Times that count from the begin of the trace are named second or minute.
func TestTimesFromTheBegin(t *testing.T) {
	got := read(t, dir("a.csv", "minute,function,count\n5,f,2\n6,f,0\n"))
	if got.Start != 5 || !got.Begin.IsZero() {
		t.Errorf("from %d, %v", got.Start, got.Begin)
	}
	wantCounts(t, got.Functions[0], "f", 2, 0)
	wantCounts(t, read(t, dir("a.csv", "second,function\n59.9,f\n60,f\n")).Functions[0], "f", 1, 1)
}
