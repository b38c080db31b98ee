package trace_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"prewarm/shared/trace"
)

// A trace is the same in a file, in a folder deeper, packed, in UTF-16 and from a
// stream.
func TestATraceIsReadWhereverItLies(t *testing.T) {
	want := read(t, dir("calls.csv", ownCalls))
	utf16le := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(ownCalls)) {
		utf16le = append(utf16le, byte(unit), byte(unit>>8))
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(ownCalls))
	_ = z.Close()
	for name, content := range map[string][]byte{
		"calls.csv": []byte(ownCalls), "deep/er/calls.CSV": []byte(ownCalls), "calls.csv.gz": packed.Bytes(),
		"wide.csv": utf16le, "unmarked.csv": utf16le[2:], "calls": []byte(ownCalls),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
			t.Fatal(err)
		}
		if got, err := trace.Load(path, trace.Options{}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if name != "calls" { // without an ending it must be named itself
			if got, err := trace.Open(filepath.Dir(path)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("folder of %s: got %+v, %v", name, got, err)
			}
		}
		if got, err := trace.Load(trace.Stdin, trace.Options{Input: bytes.NewReader(content)}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("stream of %s: got %+v, %v", name, got, err)
		}
	}
}

// A published trace is the same however a spreadsheet or a data frame has saved it.
func TestAPublishedTraceIsReadHoweverItIsSaved(t *testing.T) {
	for layout, published := range layouts() {
		want := read(t, published)
		for name, rewrite := range map[string]func(line string, number int) string{
			"semicolons": func(line string, _ int) string { return strings.ReplaceAll(line, ",", ";") },
			"spaces":     func(line string, _ int) string { return strings.ReplaceAll(line, ",", ", ") },
			"small letters": func(line string, number int) string {
				return map[bool]string{true: strings.ToLower(line), false: line}[number == 0]
			},
			"an index": func(line string, number int) string {
				return map[bool]string{true: "", false: "7"}[number == 0] + "," + line
			},
		} {
			saved := fstest.MapFS{}
			for file, content := range published {
				var text string
				for number, line := range strings.Split(strings.TrimSuffix(string(content.Data), "\n"), "\n") {
					text += rewrite(line, number) + "\n"
				}
				saved["folder/"+file] = &fstest.MapFile{Data: []byte(text)}
			}
			if got, err := trace.Read(saved, trace.Options{}); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: %v\ngot %+v\nwant %+v", layout, name, err, got, want)
			}
		}
	}
}

// One name in two applications is two functions, each with its own duration. Triggers of
// one function are added up.
func TestAzureFunctionsAreToldApart(t *testing.T) {
	got := read(t, dir(
		"invocations_per_function_md.anon.d01.csv", invocationsHead+"1,2\nann,shop,f,http,1,2\nann,mail,f,http,3,0\nann,shop,f,timer,1,1\nbob,mail,f,http,9,9\nann,shop,g,http,1,0\n",
		"function_durations_percentiles.anon.d01.csv", durationsHead+"ann,shop,f,1000,1,0,0,0,0,0\nann,mail,f,2000,1,0,0,0,x,0\nann,shop,g,NaN,1,0,0,0,0,0\n",
	))
	wantCounts(t, got.Functions[0], "shop/f", 2, 3)
	wantCounts(t, got.Functions[1], "ann/mail/f", 3, 0)
	wantCounts(t, got.Functions[2], "bob/mail/f", 9, 9)
	wantCounts(t, got.Functions[3], "g", 1, 0)
	if f := got.Functions; f[0].Trigger != "http timer" || f[0].Duration != 1 || f[1].Duration != 2 || f[2].Duration != 0 || f[3].Duration != 0 || len(f[1].DurationQuantiles) != 2 {
		t.Errorf("functions %+v", f)
	}
	if s := got.Summary; s.BadRows != 0 || s.BadDurations != 2 || s.First.Value != "x" {
		t.Errorf("summary %+v", s)
	}
}

// Columns are joined by name: a function may be added and the order may change. The
// requests per second are added up.
func TestHuaweiColumnsAreJoinedByName(t *testing.T) {
	got := read(t, dir(
		"set/requests_minute/day_000.csv", "day,time,a,b\n0,86340,1,2\n",
		"set/requests_minute/day_001.csv", "day,time,c,b,a\n1,0,3,,4\n",
		"set/requests_second/day_000.csv", "day,time,a\n0,0,1\n",
		"set/function_delay_minute/day_000.csv", "day,time,a,b\n0,86340,100,-1\n",
		"set/cpu_usage_minute/day_000.csv", "day,time,a\n0,0,0.5\n",
	))
	if got.Start != 1439 || len(got.Functions) != 3 || got.Summary.BadDurations != 1 {
		t.Fatalf("from %d, %d functions, %s", got.Start, len(got.Functions), got.Summary)
	}
	wantCounts(t, got.Functions[0], "a", 1, 4)
	wantCounts(t, got.Functions[1], "b", 2, 0)
	wantCounts(t, got.Functions[2], "c", 0, 3)
	seconds := read(t, dir("requests_second/day_000.csv", "day,time,a\n0,1,1\n0,59,2\n0,60,\n0,61,4\n"))
	wantCounts(t, seconds.Functions[0], "a", 3, 4)
}

// The request tables of 2025 have a row per call; the series have a column per
// function.
func TestTheCallsOfHuawei2025AreRead(t *testing.T) {
	head := "time_worker,time_frontend,requestID,clusterName,funcName,podID,userID,totalCost_worker\n"
	got := read(t, dir(
		"R1/R1_00000.csv", head+"2592000.5,2592000.6,r0,1,10,pool22-300-128-0000618412,134,0.5\n2592061,2592061,r1,1,10,pool22-300-128-0000000001,134,1.5\n",
		"R2/R2_00000.csv", head+"2592000.5,2592000.6,r0,1,10,pool22-300-128-0000618412,134,-2\n",
		"R1_triggers.csv", "funcID,triggerType-invocationType\n10---134---pool22-300-128,TIMER-A\n",
	))
	if got.Layout != trace.Huawei2025Requests || got.Start != 43200 || got.Summary.BadDurations != 1 {
		t.Fatalf("%s from %d, %s", got.Layout, got.Start, got.Summary)
	}
	wantCounts(t, got.Functions[0], "R1/10---134---pool22-300-128", 1, 1)
	wantCounts(t, got.Functions[1], "R2/10---134---pool22-300-128", 1, 0)
	if f := got.Functions[0]; f.Duration != 1 || f.Owner != "R1/134" || f.Trigger != "timer" {
		t.Errorf("function %+v", f)
	}
	series := read(t, dir("quantiles/R1/requests/day_00.csv", "day,time,10---134---pool22-300-128\n0,0,2\n", "quantiles/R2/requests/day_00.csv", "day,time,10---134---pool22-300-128\n0,0,\n0,60,3\n", "quantiles/R1/totalCost/day_00.csv", "day,time,10---134---pool22-300-128\n0,0,0.5\n"))
	wantCounts(t, series.Functions[0], "R1/10---134---pool22-300-128", 2, none)
	wantCounts(t, series.Functions[1], "R2/10---134---pool22-300-128", none, 3)
	if series.Functions[1].Owner != "R2/134" {
		t.Errorf("owner %s", series.Functions[1].Owner)
	}
}

// A file of which more than half is malformed is something else than it was taken for.
func TestMostlyMalformedIsNoTrace(t *testing.T) {
	rows := "fn,1,2\na,1,0\nb,x,0\n"
	if got := read(t, dir("a.csv", rows)); got.Summary.BadRows != 1 {
		t.Errorf("summary %+v", got.Summary)
	}
	if _, err := trace.Read(dir("a.csv", rows+"c,y,0\n"), trace.Options{}); err == nil || !strings.Contains(err.Error(), "2 of 3 rows of a.csv are malformed: a.csv: line 3") {
		t.Errorf("got %v", err)
	}
}
