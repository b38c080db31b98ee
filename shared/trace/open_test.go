package trace_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"prewarm/shared/series"
	"prewarm/shared/trace"
)

const (
	invocationsHead = "HashOwner,HashApp,HashFunction,Trigger,"
	durationsHead   = "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_50,percentile_Average_100\n"
	none            = series.NoData
)

// dir makes a directory from pairs of name and content.
func dir(pairs ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return files
}

func read(t *testing.T, files fstest.MapFS) *trace.Trace {
	t.Helper()
	got, err := trace.Read(files, trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantCounts(t *testing.T, f trace.Function, name string, counts ...int32) {
	t.Helper()
	if f.Name != name || !slices.Equal(f.Counts, counts) {
		t.Errorf("function %s has counts %v; want %s %v", f.Name, f.Counts, name, counts)
	}
}

func TestAzure2019JoinsDurations(t *testing.T) {
	got := read(t, dir(
		"invocations_per_function_md.anon.d03.csv", invocationsHead+"480,481,482\n"+
			"ann,shop,pay,http,0,7,1\n"+
			"bob,mail,send,timer,1,0,0\n",
		"function_durations_percentiles.anon.d03.csv", durationsHead+
			"ann,shop,pay,1500,8,100,4000,100,1200,4000\n"+
			"eve,none,other,3,1,3,3,3,3,3\n",
		"app_memory_percentiles.anon.d03.csv", "HashOwner,HashApp,SampleCount,AverageAllocatedMb\nann,shop,3,100\n",
	))
	if got.Layout != trace.Azure2019 || got.Start != 479 || got.Minutes != 3 || len(got.Functions) != 2 {
		t.Fatalf("layout %s from %d, %d minutes, %d functions", got.Layout, got.Start, got.Minutes, len(got.Functions))
	}
	pay, send := got.Functions[0], got.Functions[1]
	wantCounts(t, pay, "pay", 0, 7, 1)
	wantCounts(t, send, "send", 1, 0, 0)
	if pay.Owner != "ann" || pay.App != "shop" || pay.Trigger != "http" {
		t.Errorf("pay belongs to %s, %s by %s", pay.Owner, pay.App, pay.Trigger)
	}
	if pay.Duration != 1.5 || send.Duration != 0 {
		t.Errorf("durations are %v and %v s; want 1.5 and 0 (unknown)", pay.Duration, send.Duration)
	}
	quantiles := []trace.Quantile{{P: 0, Seconds: 0.1}, {P: 0.5, Seconds: 1.2}, {P: 1, Seconds: 4}}
	if !slices.Equal(pay.DurationQuantiles, quantiles) {
		t.Errorf("quantiles are %v; want %v", pay.DurationQuantiles, quantiles)
	}
}

// A function that has no row on a day was not called on it.
func TestAzure2019JoinsDays(t *testing.T) {
	minutes, zeros := strings.Builder{}, strings.Repeat(",0", trace.MinutesPerDay-1)
	for m := 1; m <= trace.MinutesPerDay; m++ {
		fmt.Fprintf(&minutes, ",%d", m)
	}
	head := strings.TrimSuffix(invocationsHead, ",") + minutes.String() + "\n"
	got := read(t, dir(
		"invocations_per_function_md.anon.d02.csv", head+"o,a,first,http,5"+zeros+"\n",
		"invocations_per_function_md.anon.d03.csv", head+"o,a,second,http,6"+zeros+"\no,a,first,http,7"+zeros+"\n",
		"function_durations_percentiles.anon.d02.csv", durationsHead+"o,a,first,1000,1,0,0,0,0,0\n",
		"function_durations_percentiles.anon.d03.csv", durationsHead+"o,a,first,2000,3,0,0,0,0,0\n",
	))
	if got.Start != 1440 || got.Minutes != 2880 || len(got.Functions) != 2 {
		t.Fatalf("%d functions in %d minutes from %d; want 2, 2880, 1440", len(got.Functions), got.Minutes, got.Start)
	}
	first, second := got.Functions[0], got.Functions[1]
	if first.Counts[0] != 5 || first.Counts[1440] != 7 || first.Calls() != 12 {
		t.Errorf("first is called %d and %d times, %d in all; want 5, 7, 12", first.Counts[0], first.Counts[1440], first.Calls())
	}
	if second.Counts[0] != 0 || second.Counts[1440] != 6 {
		t.Errorf("second is called %d and %d times; want 0 and 6", second.Counts[0], second.Counts[1440])
	}
	if first.Duration != 1.75 {
		t.Errorf("duration over both days is %v s; want (1*1 + 3*2) / 4 = 1.75", first.Duration)
	}
}

func TestSingleDay(t *testing.T) {
	got := read(t, dir("invocations.csv", "fn,1,2,3,4\n0,0,0,0,9\n17,1,2,3,4\n"))
	if got.Layout != trace.Azure2019SingleDay || got.Start != 0 || got.Minutes != 4 {
		t.Fatalf("layout %s, %d minutes from %d", got.Layout, got.Minutes, got.Start)
	}
	wantCounts(t, got.Functions[0], "0", 0, 0, 0, 9)
	wantCounts(t, got.Functions[1], "17", 1, 2, 3, 4)
}

// An empty cell is a minute without calls if another function has some in that
// minute. Minute 28920 has no row and 29040 has no number: both are unknown.
func TestHuawei2023(t *testing.T) {
	got := read(t, dir(
		"requests_minute/day_001.csv", "day,time,0,1,2\n"+
			"1,28800,3,,\n"+
			"1,28860,,,4.0\n"+
			"1,28980,5,,6\n"+
			"1,29040,,,\n",
		"function_delay_minute/day_001.csv", "day,time,0,1,2\n"+
			"1,28800,100,,\n"+
			"1,28860,,,7.5\n"+
			"1,28980,300,,\n",
		"cpu_usage_minute/day_001.csv", "day,time,0,1,2\n1,28800,0.5,,\n",
	))
	if got.Layout != trace.Huawei2023 || got.Start != 1440+480 || got.Minutes != 5 {
		t.Fatalf("layout %s, %d minutes from %d", got.Layout, got.Minutes, got.Start)
	}
	if len(got.Functions) != 2 {
		t.Fatalf("%d functions; want the 2 that have data", len(got.Functions))
	}
	wantCounts(t, got.Functions[0], "0", 3, 0, none, 5, none)
	wantCounts(t, got.Functions[1], "2", 0, 4, none, 6, none)
	if d0, d2 := got.Functions[0].Duration, got.Functions[1].Duration; d0 != 0.2 || d2 != 0.0075 {
		t.Errorf("durations are %v and %v s; want 0.2 and 0.0075", d0, d2)
	}
}

// Day 1 is written with seconds from midnight by some, from the start of the
// trace by others.
func TestHuawei2023DaysEitherWay(t *testing.T) {
	for _, seconds := range []string{"0", "86400"} {
		got := read(t, dir(
			"requests_minute/day_000.csv", "day,time,f\n0,86340,1\n",
			"requests_minute/day_001.csv", "day,time,f\n1,"+seconds+",2\n",
		))
		if got.Start != 1439 {
			t.Errorf("starts at %d; want 1439", got.Start)
		}
		wantCounts(t, got.Functions[0], "f", 1, 2)
	}
}

func TestRegionsOfUnequalLength(t *testing.T) {
	got := read(t, dir(
		"R1.csv", "minute,cold_starts\n0,465\n1,201\n2,7\n",
		"R2.csv", "minute,cold_starts\n1,60\n",
	))
	if got.Layout != trace.Huawei2025Regions || got.Minutes != 3 {
		t.Fatalf("layout %s, %d minutes", got.Layout, got.Minutes)
	}
	wantCounts(t, got.Functions[0], "R1", 465, 201, 7)
	wantCounts(t, got.Functions[1], "R2", none, 60, none)
}

func TestMalformedRowsAreNamed(t *testing.T) {
	azure := func(rows string) fstest.MapFS {
		return dir("invocations_per_function_md.anon.d01.csv", invocationsHead+"1,2\no,a,good,http,1,2\n"+rows)
	}
	huawei := func(rows string) fstest.MapFS {
		return dir("requests_minute/day_000.csv", "day,time,f\n0,60,1\n"+rows)
	}
	region := func(rows string) fstest.MapFS { return dir("R1.csv", "minute,cold_starts\n5,1\n"+rows) }
	day := func(rows string) fstest.MapFS { return dir("invocations.csv", "fn,1,2\ngood,1,2\n"+rows) }
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  trace.RowError
	}{
		{"word for a count", azure("o,a,bad,http,1,x\n"), trace.RowError{File: "invocations_per_function_md.anon.d01.csv", Line: 3, Column: 6, Name: "2", Value: "x"}},
		{"empty count in azure", azure("o,a,bad,http,,1\n"), trace.RowError{File: "invocations_per_function_md.anon.d01.csv", Line: 3, Column: 5, Name: "1"}},
		{"function twice", azure("o,a,good,http,1,1\n"), trace.RowError{File: "invocations_per_function_md.anon.d01.csv", Line: 3, Column: 3, Name: "HashFunction", Value: "good"}},
		{"short row", day("bad,1\n"), trace.RowError{File: "invocations.csv", Line: 3}},
		{"negative count", day("bad,-1,0\n"), trace.RowError{File: "invocations.csv", Line: 3, Column: 2, Name: "1", Value: "-1"}},
		{"count beyond 31 bits", day("bad,0,2147483648\n"), trace.RowError{File: "invocations.csv", Line: 3, Column: 3, Name: "2", Value: "2147483648"}},
		{"function without name", day(",0,1\n"), trace.RowError{File: "invocations.csv", Line: 3, Column: 1, Name: "fn"}},
		{"quote in a field", day("b\"d,0,1\n"), trace.RowError{File: "invocations.csv", Line: 3}},
		{"half a call", huawei("0,120,1.5\n"), trace.RowError{File: "requests_minute/day_000.csv", Line: 3, Column: 3, Name: "f", Value: "1.5"}},
		{"time going back", huawei("0,0,1\n"), trace.RowError{File: "requests_minute/day_000.csv", Line: 3, Column: 2, Name: "time", Value: "0"}},
		{"time within a minute", huawei("0,121,1\n"), trace.RowError{File: "requests_minute/day_000.csv", Line: 3, Column: 2, Name: "time", Value: "121"}},
		{"day out of range", huawei("366,120,1\n"), trace.RowError{File: "requests_minute/day_000.csv", Line: 3, Column: 1, Name: "day", Value: "366"}},
		{"minute twice", region("5,2\n"), trace.RowError{File: "R1.csv", Line: 3, Column: 1, Name: "minute", Value: "5"}},
		{"cold starts missing", region("6,\n"), trace.RowError{File: "R1.csv", Line: 3, Column: 2, Name: "cold_starts"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := trace.Read(c.files, trace.Options{Strict: true})
			var got *trace.RowError
			if !errors.As(err, &got) {
				t.Fatalf("error is %v; want a row error", err)
			}
			if got.Reason == "" {
				t.Error("no reason given")
			}
			c.want.Reason = got.Reason
			if *got != c.want {
				t.Errorf("error is %+v; want %+v", *got, c.want)
			}

			skipped, err := trace.Read(c.files, trace.Options{})
			if err != nil || skipped.Summary.BadRows != 1 || len(skipped.Functions) != 1 {
				t.Errorf("without Strict: %+v, %v; want the good row, 1 skipped", skipped, err)
			}
		})
	}
}

func TestRowErrorMessage(t *testing.T) {
	_, err := trace.Read(dir("invocations.csv", "fn,1,2\na,1,2\nb,1,many\n"), trace.Options{Strict: true})
	want := `invocations.csv: line 3, column 3 (2): must be a whole number of calls, 0 to 2147483647, was: "many"`
	if err == nil || err.Error() != want {
		t.Errorf("message is %v; want %s", err, want)
	}
}

func TestMalformedDurationsAreNamed(t *testing.T) {
	files := dir(
		"invocations_per_function_md.anon.d01.csv", invocationsHead+"1\no,a,f,http,1\n",
		"function_durations_percentiles.anon.d01.csv", durationsHead+"o,a,f,NaN,1,0,0,0,0,0\n",
	)
	_, err := trace.Read(files, trace.Options{Strict: true})
	var row *trace.RowError
	if !errors.As(err, &row) || row.Name != "Average" || row.Value != "NaN" || row.Line != 2 {
		t.Errorf("error is %v; want line 2, Average, NaN", err)
	}
}

func TestDirectoriesThatAreNoTrace(t *testing.T) {
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"empty", dir(), "layout not recognised"},
		{"other CSV", dir("cities.csv", "name,people\nRome,2\n"), "layout not recognised"},
		{"two layouts", dir("a.csv", "fn,1\nx,1\n", "b.csv", "minute,cold_starts\n0,1\n"), "several layouts: azure2019_single_day (a.csv), huawei2025_regions (b.csv)"},
		{"two single days", dir("a.csv", "fn,1\nx,1\n", "b.csv", "fn,1\nx,1\n"), "several files"},
		{"heading only", dir("a.csv", "fn,1,2\n"), "no function with data"},
		{"hole in the minutes", dir("a.csv", "fn,1,3\nx,1,1\n"), `column 3 must be minute 2, was: "3"`},
		{"minute is not a number", dir("a.csv", "fn,one\nx,1\n"), `column 2 must be a minute, was: "one"`},
		{"huawei without time", dir("requests_minute/d.csv", "f,g\n1,1\n"), "found requests_minute/d.csv (f,g)"},
		{"huawei function twice", dir("requests_minute/d.csv", "day,time,f,f\n"), "must name a function once"},
		{"azure days undated", dir("a.csv", invocationsHead+"1\n", "b.csv", invocationsHead+"1\n"), "name must end in .dNN.csv"},
		{"azure day twice", dir("a.d01.csv", invocationsHead+"1\n", "b.d01.csv", invocationsHead+"1\n"), "again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := trace.Read(c.files, trace.Options{Strict: true})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v; want one with %q", err, c.want)
			}
		})
	}
}

func TestOpenNamesTheDirectory(t *testing.T) {
	missing := t.TempDir() + "/missing"
	if _, err := trace.Open(missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("error is %v; want one that names %s", err, missing)
	}
	if _, err := trace.Open(t.TempDir()); !errors.Is(err, trace.ErrLayout) {
		t.Errorf("error is %v; want %v", err, trace.ErrLayout)
	}
}

func TestUntilCutsAndSealsTheRest(t *testing.T) {
	whole := read(t, dir("a.csv", "fn,1,2,3\nx,1,2,3\n"))
	cut := whole.Until(2)
	wantCounts(t, cut.Functions[0], "x", 1, 2)
	if cut.Minutes != 2 || cap(cut.Functions[0].Counts) != 2 || whole.Minutes != 3 {
		t.Errorf("cut has %d minutes, capacity %d; whole %d", cut.Minutes, cap(cut.Functions[0].Counts), whole.Minutes)
	}
	if whole.Until(9) != whole {
		t.Error("a cut after the end is another trace")
	}
}

func TestPublishedTracesHaveAnAttribution(t *testing.T) {
	for _, l := range []trace.Layout{trace.Azure2019, trace.Azure2019SingleDay, trace.Azure2021, trace.Huawei2023, trace.Huawei2025Regions, trace.Huawei2025} {
		if !strings.Contains(l.Attribution(), "CC") {
			t.Errorf("%s: attribution %q names no licence", l, l.Attribution())
		}
	}
	if got := trace.Generated.Attribution(); got != "" {
		t.Errorf("a generated trace is attributed to %q", got)
	}
}
