package trace_test

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"

	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// sound checks what every trace promises, whatever bytes it was read from.
func sound(t *testing.T, files fstest.MapFS) {
	t.Helper()
	for _, strict := range []bool{false, true} {
		got, err := trace.Read(files, trace.Options{Strict: strict})
		if err != nil {
			continue
		}
		if got.Minutes < 1 || got.Minutes > trace.MaxMinutes || got.Start < 0 {
			t.Fatalf("%d minutes from %d", got.Minutes, got.Start)
		}
		seen := map[string]bool{}
		for _, f := range got.Functions {
			if len(f.Counts) != got.Minutes || f.Name == "" || seen[f.Name] || f.Duration < 0 || !(f.MemoryMB == 0 || f.MemoryMB >= 1 && f.MemoryMB <= 1<<20) {
				t.Fatalf("function %q has %d counts of %d, duration %v, memory %v", f.Name, len(f.Counts), got.Minutes, f.Duration, f.MemoryMB)
			}
			seen[f.Name] = true
			for _, c := range f.Counts {
				if c < series.NoData {
					t.Fatalf("function %q has count %d", f.Name, c)
				}
			}
		}
	}
}

func FuzzAzure2019(f *testing.F) {
	f.Add("1,2\no,a,f,http,1,2\n", "o,a,f,10,1,1,1,1,1,1\n")
	f.Add("480\no,a,f,http,x\n,,,,\n", "\"")
	f.Fuzz(func(t *testing.T, invocations, durations string) {
		sound(t, dir(
			"invocations_per_function_md.anon.d01.csv", invocationsHead+invocations,
			"function_durations_percentiles.anon.d01.csv", durationsHead+durations,
		))
	})
}

// Memory is a mean within its bounds, or unknown, whatever the rows are.
func FuzzAzureMemory(f *testing.F) {
	f.Add("o,a,5,100,1\no,a,3,200,1\n", "o,a,1,92,1\n")
	f.Add("o,a,31622400000,1048576,1\n", "o,a,1,1,1\n,,0,0,\n\"")
	f.Fuzz(func(t *testing.T, first, second string) {
		sound(t, dir(
			"invocations_per_function_md.anon.d01.csv", invocationsHead+"1,2\no,a,f,http,1,2\n",
			"app_memory_percentiles.anon.d01.csv", memoryHead+first,
			"app_memory_percentiles.anon.d02.csv", memoryHead+second,
		))
	})
}

func FuzzSingleDay(f *testing.F) {
	f.Add("1,2,3\n0,1,2,3\n")
	f.Add("7\n\"0\n\",1e3\n")
	f.Fuzz(func(t *testing.T, rest string) { sound(t, dir("invocations.csv", "fn,"+rest)) })
}

func FuzzHuawei2023(f *testing.F) {
	f.Add("day,time,f,g\n0,0,1,\n0,60,,2.0\n", "day,time,f,g\n0,0,1.5,\n")
	f.Add("day,time,f\n365,0,1\n", "day,time,f\n0,0,-1\n")
	f.Fuzz(func(t *testing.T, requests, delays string) {
		sound(t, dir("requests_minute/d.csv", requests, "function_delay_minute/d.csv", delays))
	})
}

func FuzzRegions(f *testing.F) {
	f.Add("\n0,1\n1,2\n", "\n3,4\n")
	f.Add("\n527039,1\n", "\r\n0,1e9\n")
	f.Fuzz(func(t *testing.T, first, second string) {
		sound(t, dir("R1.csv", "minute,cold_starts"+first, "R2.csv", "minute,cold_starts"+second))
	})
}

func FuzzHuawei2025(f *testing.F) {
	f.Add("0,59.9,1,10,134,aa,2,0.25,0.5,0.25,1,pool24-600-512-0000577863\n", "1,86400,1,1,1,a,1,0,0,0,1,p-1\n", "10---134---pool24-600-512,TIMER-A\n")
	f.Add("0,1e9,1,f,u,a,1,0,0,0,1,p\n", "0,1,1,f,---,a,1e308,0,0,0,1,-p-\n0,1,1,f---,u,a,1,0,0,0,1,p-\n", ",\n\"")
	f.Fuzz(func(t *testing.T, first, second, triggers string) {
		sound(t, dir("R1.csv", startsHead+first, "R2/d.csv", startsHead+second, "R1_triggers.csv", "funcID,triggerType-invocationType\n"+triggers))
	})
}

func FuzzAzure2021(f *testing.F) {
	f.Add("a,f,60.3,0.3\nb,f,1,30\n")
	f.Add("a/b,c,1,1\na,b/c,1e7,1e308\n,,,\n")
	f.Fuzz(func(t *testing.T, rows string) { sound(t, dir("i.txt", invokedHead+rows)) })
}

func FuzzHuawei2025Requests(f *testing.F) {
	f.Add("2592000.5,10,134,pool22-300-128-1,0.5\n60,1,2,p-1,-1\n")
	f.Add("1e7,f,u,-p-,NaN\n")
	f.Fuzz(func(t *testing.T, rows string) {
		sound(t, dir("R1.csv", "time_worker,funcName,userID,podID,totalCost_worker\n"+rows))
	})
}

// Own data: any heading and any rows.
func FuzzOwnData(f *testing.F) {
	f.Add("timestamp,function,duration\n2026-03-01T23:59:10Z,pay,0.5\n2026-03-02 00:01:59.999,send,120ms\n")
	f.Add("time;namespace;func;latency_ms\n1772409550,5;dev;f;0,5\n1772409551;;f;-1\n")
	f.Add("time,function,count\n1772366400000,f,3\n1772366700000,f,0\n1772367000000,g,NaN\n")
	f.Add(",a,b\n2026-03-01 12:00,3,\n2026-03-01 12:01,,\n2026-03-01 12:03,1,4e0\n")
	f.Add("minute,name,calls\n5,f,2147483647\n5,f,2147483647\n")
	f.Add("end_timestamp\tduration\n01/Mar/2026:12:00:00 +0100\t1e9\n20260301T120000Z\t\n")
	f.Fuzz(func(t *testing.T, content string) { sound(t, dir("calls.csv", content)) })
}

// Files that are packed or in another encoding.
func FuzzText(f *testing.F) {
	f.Add([]byte("\xff\xfef\x00n\x00,\x001\x00\n\x00"))
	f.Add([]byte("\x00f\x00n\x00,\x001"))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03K\xcb\xd31\xe4J\xd41\xe4\x02\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		sound(t, dir("calls.csv.gz", string(content)))
		got, err := trace.Load(trace.Stdin, trace.Options{Input: bytes.NewReader(content)})
		if err == nil && len(got.Functions) == 0 {
			t.Error("a trace without functions")
		}
	})
}

// Any heading leads to a trace that is sound or to an error.
func FuzzLayout(f *testing.F) {
	f.Add("R1.csv", "time,funcName,userID,podID\n")
	f.Add("x/R1.txt", "app,func,end_timestamp,duration\na,b,1,1\n")
	f.Add("a.csv", "\ufeff\"fn\",\"1\"\na,1\n")
	f.Add("a.d01.csv", "\"HashOwner\",\"HashApp\",\"HashFunction\",\"Trigger\",\"1\"\r\no,a,f,http,1\r\n")
	f.Fuzz(func(t *testing.T, name, content string) {
		if fs.ValidPath(name) {
			sound(t, dir(name, content))
		}
	})
}
