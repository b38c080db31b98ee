package trace_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"prewarm/shared/trace"
)

// writeWeek writes a week of calls of 200 functions, in the order of time, and returns
// the path of the file and its bytes.
func writeWeek(b *testing.B, rows int, row func(at time.Time, function int) string) (path string, size int64) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "calls.csv")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out, rng := bufio.NewWriter(file), rand.New(rand.NewPCG(1, 1))
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows + 1 {
		line := "timestamp,function,duration"
		if i > 0 {
			line = row(begin.Add(7*24*time.Hour/time.Duration(rows)*time.Duration(i)), int(200*rng.Float64()*rng.Float64()))
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return path, info.Size()
}

// BenchmarkOwnEvents reads a week with a million calls, from dates and from Unix
// milliseconds: rows per second, and the most memory in use.
func BenchmarkOwnEvents(b *testing.B) {
	const rows = 1_000_000
	for name, row := range map[string]func(time.Time, int) string{
		"dates": func(at time.Time, f int) string {
			return fmt.Sprintf("%s,function-%d,0.125", at.Format(time.RFC3339Nano), f)
		},
		"milliseconds": func(at time.Time, f int) string { return fmt.Sprintf("%d,function-%d,0.125", at.UnixMilli(), f) },
	} {
		b.Run(name, func(b *testing.B) {
			path, size := writeWeek(b, rows, row)
			var peak uint64
			b.SetBytes(size)
			for b.Loop() {
				got, err := trace.Load(path, trace.Options{Progress: func(trace.Progress) { peak = max(peak, inUse()) }})
				if err != nil || len(got.Functions) != 200 || got.Summary.Rows != rows {
					b.Fatalf("%v", err)
				}
				peak = max(peak, inUse())
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
