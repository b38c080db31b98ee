package trace_test

import (
	"testing"
	"testing/fstest"

	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// sound checks what every trace promises, whatever bytes it was read from.
func sound(t *testing.T, files fstest.MapFS) {
	t.Helper()
	for _, skip := range []bool{false, true} {
		got, err := trace.Read(files, trace.Options{SkipBadRows: skip})
		if err != nil {
			continue
		}
		if got.Minutes < 1 || got.Minutes > trace.MaxMinutes || got.Start < 0 {
			t.Fatalf("%d minutes from %d", got.Minutes, got.Start)
		}
		seen := map[string]bool{}
		for _, f := range got.Functions {
			if len(f.Counts) != got.Minutes || f.Name == "" || seen[f.Name] || f.Duration < 0 {
				t.Fatalf("function %q has %d counts of %d, duration %v", f.Name, len(f.Counts), got.Minutes, f.Duration)
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
