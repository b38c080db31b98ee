package trace_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

const (
	startsHead  = "day,time,clusterName,funcName,userID,requestID,totalCost_cold_start,podAllocationCost,deployCodeCost,deployDependencyCost,schedulingCost,podID\n"
	invokedHead = "app,func,end_timestamp,duration\n"
)

// Two functions share name and user but not the pool, and region 2 has a
// function of the same name. The clusters of a region count together.
func TestHuawei2025(t *testing.T) {
	got := read(t, dir(
		"R1.csv", startsHead+
			"0,59.9,1,10,134,aa,2,0.25,0.5,0.25,1,pool24-600-512-0000577863\n"+
			"0,60.0,2,10,134,ab,4,1,1,1,1,pool24-600-512-0000577864\n"+
			"0,61.5,2,10,134,ab,6,1,1,3,1,pool24-600-512-0000577865\n"+
			"0,200.1,1,10,134,ac,1,0,0,0,1,pool22-300-128-0000000001\n",
		"R2.csv", startsHead+"0,0.1,1,10,134,ad,1,0,0,0,1,pool24-600-512-0000000009\n",
	))
	if got.Layout != trace.Huawei2025 || got.Start != 0 || got.Minutes != 4 || len(got.Functions) != 3 {
		t.Fatalf("layout %s from %d, %d minutes, %d functions", got.Layout, got.Start, got.Minutes, len(got.Functions))
	}
	large, small, second := got.Functions[0], got.Functions[1], got.Functions[2]
	wantCounts(t, large, "R1/10---134---pool24-600-512", 1, 2, 0, 0)
	wantCounts(t, small, "R1/10---134---pool22-300-128", 0, 0, 0, 1)
	wantCounts(t, second, "R2/10---134---pool24-600-512", 1, 0, 0, 0)
	if large.Region != "R1" || second.Region != "R2" || large.Owner != "R1/134" || second.Owner != "R2/134" {
		t.Errorf("regions are %s and %s, owners %s and %s", large.Region, second.Region, large.Owner, second.Owner)
	}
	want := trace.StartTimes{Mean: 4, Pod: 0.75, Code: 2.5 / 3, Dependencies: 4.25 / 3, Scheduling: 1}
	start := large.Start
	if median := start.Quantiles[1]; median.P != 0.5 || math.Abs(median.Seconds-4) > 0.06*4 {
		t.Errorf("median start is %+v; want 4 s within 6 %%", median)
	}
	start.Quantiles = nil
	if start.Mean != want.Mean || start.Pod != want.Pod || start.Code != want.Code || start.Dependencies != want.Dependencies || start.Scheduling != want.Scheduling {
		t.Errorf("starts are %+v; want %+v", start, want)
	}
}

// time counts from the start of the trace, on day 2 as well; files come a day
// or a region at a time, in folders or not, and rows in any order.
func TestHuawei2025TimeIsNotAddedToTheDay(t *testing.T) {
	row := func(day, seconds string) string {
		return day + "," + seconds + ",1,7,8,aa,1,0,0,0,1,pool22-300-128-1\n"
	}
	got := read(t, dir(
		"cold_start/R4/day_02.csv", startsHead+row("2", "172860.5")+row("2", "172800.5"),
		"cold_start/R4/day_01.csv", startsHead+row("1", "172799.9"),
	))
	if got.Start != 2879 || got.Minutes != 3 {
		t.Fatalf("%d minutes from %d; want 3 from 2879", got.Minutes, got.Start)
	}
	wantCounts(t, got.Functions[0], "R4/7---8---pool22-300-128", 1, 1, 1)
}

// Region 2 has no row on day 1: it is not known to have had no cold start.
func TestHuawei2025DaysWithoutAFile(t *testing.T) {
	got := read(t, dir(
		"R1.csv", startsHead+"0,0,1,1,1,a,1,0,0,0,1,p-1\n1,86400,1,1,1,a,1,0,0,0,1,p-1\n",
		"R2.csv", startsHead+"0,60,1,1,1,a,1,0,0,0,1,p-1\n",
	))
	first, second := got.Functions[0].Counts, got.Functions[1].Counts
	if got.Minutes != 1441 || first[1439] != 0 || second[1439] != 0 || first[1440] != 1 || second[1440] != none {
		t.Errorf("last counts are %v and %v; want 0 1 and 0 %d", first[1439:], second[1439:], none)
	}
}

func TestRegionsAreTakenFromPaths(t *testing.T) {
	row := startsHead + "0,0,1,1,1,a,1,0,0,0,1,p-1\n"
	for path, want := range map[string]string{
		"R1.csv": "R1", "r5.csv": "R5", "cold_starts_R3.csv": "R3", "R4_00000_00099.csv": "R4",
		"R2/day_00.csv": "R2", "region/R2/R3.csv": "R3", "our1.csv": "", "R2D2.csv": "", "starts.csv": "",
	} {
		got := read(t, dir(path, row))
		name := strings.TrimPrefix(want+"/1---1---p", "/")
		if f := got.Functions[0]; f.Region != want || f.Name != name {
			t.Errorf("%s: function %s in region %q; want %s, %q", path, f.Name, f.Region, name, want)
		}
	}
	named, err := trace.Read(dir("starts.csv", row), trace.Options{Region: "R9"})
	if err != nil || named.Functions[0].Region != "R9" {
		t.Errorf("got %+v, %v; want the region of the options", named, err)
	}
	if got := read(t, dir("R2.csv", "minute,cold_starts\n0,1\n")); got.Functions[0].Region != "R2" {
		t.Errorf("region of a series is %q", got.Functions[0].Region)
	}
}

// Columns may be in any order, and columns that are not read may be absent.
func TestHuawei2025ColumnsByName(t *testing.T) {
	got := read(t, dir("R1.csv", "podID,userID,funcName,day,time,totalCost_cold_start,podAllocationCost,deployCodeCost,deployDependencyCost,schedulingCost\r\np-1,u,f,0,0,1,0,0,0,1\r\n"))
	wantCounts(t, got.Functions[0], "R1/f---u---p", 1)
	_, err := trace.Read(dir("R1.csv", "podID,userID,funcName,day,time\np-1,u,f,0,0\n"), trace.Options{})
	if err == nil || !strings.Contains(err.Error(), `column "totalCost_cold_start" is missing`) {
		t.Errorf("error is %v", err)
	}
}

// The triggers of region 2 are published in a separate file: how a function is
// called, and whether the caller waits. The latter is left out here.
func TestHuawei2025Triggers(t *testing.T) {
	got := read(t, dir(
		"cold_start/R2/day_00.csv", startsHead+"0,0,1,10,134,a,1,0,0,0,1,pool22-300-128-1\n0,0,1,11,134,a,1,0,0,0,1,pool22-300-128-2\n0,0,1,12,134,a,1,0,0,0,1,pool22-300-128-2\n",
		"cold_start/R1/day_00.csv", startsHead+"0,0,1,10,134,a,1,0,0,0,1,pool22-300-128-1\n",
		"R2_funcID_runtime_triggerType.csv", "funcID,cpu_request,runtime,triggerType-invocationType\n"+
			"10---134---pool22-300-128,100,Python3,TIMER-A\n11---134---pool22-300-128,100,Java,APIG-S TIMER-A\n99---1---p,100,Java,OBS-A\n",
	))
	want := map[string]string{
		"R1/10---134---pool22-300-128": "", "R2/10---134---pool22-300-128": "timer",
		"R2/11---134---pool22-300-128": "apig timer", "R2/12---134---pool22-300-128": "",
	}
	for _, f := range got.Functions {
		if f.Trigger != want[f.Name] {
			t.Errorf("%s is called by %q; want %q", f.Name, f.Trigger, want[f.Name])
		}
	}
	if len(got.Functions) != len(want) {
		t.Errorf("%d functions; want the %d with a cold start", len(got.Functions), len(want))
	}
}

// What the generator makes is read back from files of the published layout.
func TestGeneratedColdStartsAreReadBack(t *testing.T) {
	events, err := synthetic.ColdStarts(synthetic.Options{Seed: 6, Functions: 150})
	if err != nil {
		t.Fatal(err)
	}
	files, made := fstest.MapFS{}, map[string]trace.Function{}
	for f, starts := range events {
		if len(starts) == 0 {
			continue
		}
		rows := ""
		for i, s := range starts {
			rows += fmt.Sprintf("%d,%.6f,1,%s,%s,%x,%v,%v,%v,%v,%v,pool22-300-128-%010d\n", int(s.Time)/86400, s.Time, f.Name, f.Owner, i,
				s.Total, s.Pod, s.Code, s.Dependencies, s.Scheduling, i)
		}
		path := f.Region + "/" + f.Name + ".csv"
		files[path] = &fstest.MapFile{Data: []byte(startsHead + rows)}
		made[f.Region+"/"+f.Name+"---"+f.Owner+"---pool22-300-128"] = f
	}
	got := read(t, files)
	for _, f := range got.Functions {
		want := made[f.Name]
		if f.Region != want.Region || f.Owner != f.Region+"/"+want.Owner || !slices.Equal(f.Counts, want.Counts[got.Start:got.Start+got.Minutes]) {
			t.Errorf("%s was not read back as it was made", f.Name)
		}
	}
	if len(got.Functions) != len(made) || len(made) < 50 {
		t.Errorf("%d functions of %d", len(got.Functions), len(made))
	}
}

// An invocation counts in the minute in which it begins: the first ends in minute 2
// and began in minute 1, the last began before the trace.
func TestAzure2021(t *testing.T) {
	got := read(t, dir("AzureFunctionsInvocationTraceForTwoWeeksJan2021.txt", invokedHead+
		"a,f,125.5,10\n"+
		"a,f,60.3,0.3\n"+
		"b,f,240.5,0.25\n"+
		"b,g,1.5,30\n"))
	if got.Layout != trace.Azure2021 || got.Start != 1 || got.Minutes != 4 || len(got.Functions) != 2 {
		t.Fatalf("layout %s from %d, %d minutes, %d functions", got.Layout, got.Start, got.Minutes, len(got.Functions))
	}
	wantCounts(t, got.Functions[0], "a/f", 2, 0, 0, 0)
	wantCounts(t, got.Functions[1], "b/f", 0, 0, 0, 1)
	if f := got.Functions[0]; f.App != "a" || f.Owner != "a" || math.Abs(f.Duration-5.15) > 1e-12 {
		t.Errorf("function is %+v; want app and owner a, duration (10 + 0.3) / 2", f)
	}
}

func TestMalformedEventsAreNamed(t *testing.T) {
	start := func(row string) fstest.MapFS {
		return dir("R1.csv", startsHead+"0,0,1,good,1,a,1,0,0,0,1,p-1\n"+row+"\n")
	}
	invoked := func(row string) fstest.MapFS { return dir("i.csv", invokedHead+"a,good,1,1\n"+row+"\n") }
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  trace.RowError
	}{
		{"day that is none", start("x,1,1,f,1,a,1,0,0,0,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 1, Name: "day", Value: "x"}},
		{"time that is none", start("0,noon,1,f,1,a,1,0,0,0,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 2, Name: "time", Value: "noon"}},
		{"time before the trace", start("0,-1,1,f,1,a,1,0,0,0,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 2, Name: "time", Value: "-1"}},
		{"time beyond a year", start("0,31622400,1,f,1,a,1,0,0,0,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 2, Name: "time", Value: "31622400"}},
		{"cost below zero", start("0,1,1,f,1,a,1,0,0,-2,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 10, Name: "deployDependencyCost", Value: "-2"}},
		{"cost missing", start("0,1,1,f,1,a,,0,0,0,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 7, Name: "totalCost_cold_start"}},
		{"pod without pool", start("0,1,1,f,1,a,1,0,0,0,1,17"), trace.RowError{File: "R1.csv", Line: 3, Column: 12, Name: "podID", Value: "17"}},
		{"no function", start("0,1,1,,1,a,1,0,0,0,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 4, Name: "funcName"}},
		{"no user", start("0,1,1,f,,a,1,0,0,0,1,p-1"), trace.RowError{File: "R1.csv", Line: 3, Column: 5, Name: "userID"}},
		{"short row", start("0,1,1"), trace.RowError{File: "R1.csv", Line: 3}},
		{"invocation without app", invoked(",f,1,1"), trace.RowError{File: "i.csv", Line: 3, Column: 1, Name: "app"}},
		{"invocation without end", invoked("a,f,,1"), trace.RowError{File: "i.csv", Line: 3, Column: 3, Name: "end_timestamp"}},
		{"duration below zero", invoked("a,f,1,-1"), trace.RowError{File: "i.csv", Line: 3, Column: 4, Name: "duration", Value: "-1"}},
		{"infinite duration", invoked("a,f,1,Inf"), trace.RowError{File: "i.csv", Line: 3, Column: 4, Name: "duration", Value: "Inf"}},
		{"end beyond a year", invoked("a,f,4e7,1"), trace.RowError{File: "i.csv", Line: 3, Column: 3, Name: "end_timestamp", Value: "4e7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := trace.Read(c.files, trace.Options{Strict: true})
			var got *trace.RowError
			if !errors.As(err, &got) || got.Reason == "" {
				t.Fatalf("error is %v; want a row error with a reason", err)
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

func TestStreamYieldsWhatReadReturns(t *testing.T) {
	for _, files := range []fstest.MapFS{
		dir("R1.csv", startsHead+"0,0,1,f,1,a,1,0,0,0,1,p-1\n0,90,1,g,1,a,1,0,0,0,1,p-1\n"),
		dir("i.csv", invokedHead+"a,f,1,1\na,g,61,1\n"),
		dir("a.csv", "fn,1,2\nf,1,0\ng,0,1\n"),
	} {
		whole := read(t, files)
		head, functions, err := trace.Stream(files, trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if head.Functions != nil || head.Layout != whole.Layout || head.Minutes != 2 {
			t.Errorf("head is %+v", head)
		}
		for range 2 { // functions may be gone through again
			streamed := slices.Collect(functions)
			wantCounts(t, streamed[0], whole.Functions[0].Name, 1, 0)
			wantCounts(t, streamed[1], whole.Functions[1].Name, 0, 1)
		}
		for range functions {
			break // and not to their end
		}
	}
}

func TestProgressReachesTheEnd(t *testing.T) {
	files := dir(
		"R1/day_00.csv", startsHead+strings.Repeat("0,0,1,f,1,a,1,0,0,0,1,p-1\n", 70_000),
		"R2/day_00.csv", startsHead+"0,0,1,f,1,a,1,0,0,0,1,p-1\n",
	)
	var reports []trace.Progress
	if _, err := trace.Read(files, trace.Options{Progress: func(p trace.Progress) { reports = append(reports, p) }}); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 3 {
		t.Fatalf("%d reports of progress; want once in the first file and at both ends: %+v", len(reports), reports)
	}
	for i, want := range []trace.Progress{{File: "R1/day_00.csv", Rows: 65536}, {File: "R1/day_00.csv", Rows: 70_000}, {File: "R2/day_00.csv", Rows: 70_001}} {
		if reports[i].File != want.File || reports[i].Rows != want.Rows {
			t.Errorf("report is %+v; want %+v", reports[i], want)
		}
	}
	var size int64
	for name := range files {
		info, err := fs.Stat(files, name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if end := reports[2]; end.Bytes != size || end.Total != size || reports[0].Bytes >= size {
		t.Errorf("at the end %d bytes of %d; want all %d", end.Bytes, end.Total, size)
	}
}
