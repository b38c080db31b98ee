package trace_test

import (
	"strings"
	"testing"

	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

const (
	memoryHead = "HashOwner,HashApp,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1\n"
	oneDay     = "invocations_per_function_md.anon.d01.csv"
)

// Ann has two functions in her shop and one in her mail; bob's shop is another one.
const shops = invocationsHead + "1,2\nann,shop,pay,http,1,2\nann,shop,send,http,0,1\nann,mail,read,http,1,0\nbob,shop,pay,http,3,0\n"

// memoryOf returns the memory of the functions of a trace.
func memoryOf(tr *trace.Trace) (mb []float64) {
	for _, f := range tr.Functions {
		mb = append(mb, f.MemoryMB)
	}
	return mb
}

// wantMemory compares the memory of each function of shops.
func wantMemory(t *testing.T, tr *trace.Trace, pay, send, read, bobs float64) {
	t.Helper()
	got := memoryOf(tr)
	if got[0] != pay || got[1] != send || got[2] != read || got[3] != bobs {
		t.Errorf("memory is %v; want %v %v %v %v", got, pay, send, read, bobs)
	}
}

// Functions of one application share its memory. Another owner's application of the same
// name is another one, and an application without a row is unknown.
func TestAFunctionHasTheMemoryOfItsApplication(t *testing.T) {
	tr := read(t, dir(oneDay, shops,
		"app_memory_percentiles.anon.d01.csv", memoryHead+"ann,shop,530,191,175\nbob,shop,10,92.5,90\neve,none,1,5,5\n"))
	wantMemory(t, tr, 191, 191, 0, 92.5)
	if tr.Layout != trace.Azure2019 || tr.Summary.BadMemory != 0 || len(tr.Summary.Notes) != 0 {
		t.Errorf("layout %s, summary %+v", tr.Layout, tr.Summary)
	}
}

// Days and repeated rows are averaged by their samples: (1*100 + 3*200) / 4 = 175, and with
// 4 more samples of 75 it is 125.
func TestMemoryOfSeveralRowsIsWeightedBySamples(t *testing.T) {
	first := memoryHead + "ann,shop,1,100,1\nann,shop,3,200,1\n"
	wantMemory(t, read(t, dir(oneDay, shops, "app_memory_percentiles.anon.d01.csv", first)), 175, 175, 0, 0)
	wantMemory(t, read(t, dir(oneDay, shops, "app_memory_percentiles.anon.d01.csv", first,
		"app_memory_percentiles.anon.d02.csv", memoryHead+"ann,shop,4,75,1\n")), 125, 125, 0, 0)
}

// A trace without the file is read, with unknown memory.
func TestMemoryMayBeMissing(t *testing.T) {
	wantMemory(t, read(t, dir(oneDay, shops)), 0, 0, 0, 0)
}

// A malformed row leaves the memory of its application unknown and is counted; with Strict
// it is an error with file, line, column, bound and value.
func TestMalformedMemoryIsUnknown(t *testing.T) {
	for row, want := range map[string]string{
		"ann,shop,5,0,1":         `line 2, column 4 (AverageAllocatedMb): must be megabytes, 1 to 1048576, was: "0"`,
		"ann,shop,5,-3,1":        `line 2, column 4 (AverageAllocatedMb): must be megabytes, 1 to 1048576, was: "-3"`,
		"ann,shop,5,2000000,1":   `line 2, column 4 (AverageAllocatedMb): must be megabytes, 1 to 1048576, was: "2000000"`,
		"ann,shop,5,x,1":         `line 2, column 4 (AverageAllocatedMb): must be a finite number, was: "x"`,
		"ann,shop,5,NaN,1":       `line 2, column 4 (AverageAllocatedMb): must be a finite number, was: "NaN"`,
		"ann,shop,0,100,1":       `line 2, column 3 (SampleCount): must be samples, 1 to 31622400000, was: "0"`,
		"ann,shop,4e10,100,1":    `line 2, column 3 (SampleCount): must be samples, 1 to 31622400000, was: "4e10"`,
		"ann,shop,,100,1":        `line 2, column 3 (SampleCount): must be a finite number, was: ""`,
		"ann,shop,5,100":         `line 2: must have 5 columns as the heading has, had: 4`,
		"ann,shop,5,100,1,extra": `line 2: must have 5 columns as the heading has, had: 6`,
	} {
		files := dir(oneDay, shops, "m.csv", memoryHead+row+"\nbob,shop,1,64,1\n")
		tr := read(t, files)
		wantMemory(t, tr, 0, 0, 0, 64)
		if tr.Summary.BadMemory != 1 || tr.Summary.BadRows != 0 || !strings.HasPrefix(tr.Summary.String(), "1 rows of memory were malformed and count as unknown; the first: m.csv: line 2") {
			t.Errorf("%s: summary %q", row, tr.Summary)
		}
		_, err := trace.Read(files, trace.Options{Strict: true})
		if err == nil || err.Error() != "m.csv: "+want {
			t.Errorf("%s: got error %v; want m.csv: %s", row, err, want)
		}
	}
}

// A heading that lacks the mean is an error, since the file cannot be used at all.
func TestMemoryNeedsItsColumns(t *testing.T) {
	_, err := trace.Read(dir(oneDay, shops, "m.csv", "HashOwner,HashApp,SampleCount,Peak\nann,shop,1,1\n"), trace.Options{})
	if err == nil || err.Error() != `m.csv: heading: column "AverageAllocatedMb" is missing` {
		t.Errorf("got %v", err)
	}
}

func TestApplication(t *testing.T) {
	for _, c := range []struct {
		f    trace.Function
		want string
	}{
		{trace.Function{Name: "pay", Owner: "ann", App: "shop"}, "ann/shop"},
		{trace.Function{Name: "pay", Owner: "shop", App: "shop"}, "shop"},
		{trace.Function{Name: "pay.shop", App: "shop"}, "shop"},
		{trace.Function{Name: "pay", Owner: "ann"}, "pay"},
	} {
		if got := c.f.Application(); got != c.want {
			t.Errorf("%+v is of application %q; want %q", c.f, got, c.want)
		}
	}
	own := read(t, dir("calls.csv", "time,namespace,function\n2026-03-01 12:00,shop,pay\n2026-03-01 12:01,shop,send\n"))
	if own.Functions[0].Application() != "shop" || own.Functions[1].Application() != "shop" {
		t.Errorf("functions of one namespace are %+v", own.Functions)
	}
}

// The excerpt has a row for each of its 191 applications, one of them three times.
func TestRealMemory(t *testing.T) {
	tr, err := trace.Open(testbed.Traces(t, "azure2019"))
	if err != nil {
		t.Fatal(err)
	}
	least, most, applications := 1e9, 0.0, map[string]bool{}
	for _, f := range tr.Functions {
		least, most = min(least, f.MemoryMB), max(most, f.MemoryMB)
		applications[f.Application()] = true
	}
	if least != 92 || most != 557 || len(applications) != 191 || tr.Summary.BadMemory != 0 {
		t.Errorf("%v to %v MB in %d applications, %d malformed rows; want 92 to 557, 191, 0", least, most, len(applications), tr.Summary.BadMemory)
	}
}
