package trace_test

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"runtime/metrics"
	"testing"
	"testing/fstest"
	"time"

	"prewarm/shared/trace"
)

// startRows is a file of the per-function layout that is made while it is read:
// at full length the five regions have 2.2 GB.
type startRows struct {
	io.Reader
	name string
}

func (f startRows) Stat() (fs.FileInfo, error) { return fileInfo(f.name), nil }
func (startRows) Close() error                 { return nil }

// fileInfo describes a file of unknown length.
type fileInfo string

func (i fileInfo) Name() string     { return string(i) }
func (fileInfo) Size() int64        { return 0 }
func (fileInfo) Mode() fs.FileMode  { return 0o444 }
func (fileInfo) ModTime() time.Time { return time.Time{} }
func (fileInfo) IsDir() bool        { return false }
func (fileInfo) Sys() any           { return nil }

// startFiles is a directory R1.csv to R5.csv with rows cold starts in all. The number
// of functions is that of the published trace.
type startFiles struct {
	fstest.MapFS // the names, for the listing
	rows         int
}

func newStartFiles(rows int) startFiles {
	files := startFiles{fstest.MapFS{}, rows}
	for i := range 5 {
		files.MapFS[fmt.Sprintf("R%d.csv", i+1)] = &fstest.MapFile{}
	}
	return files
}

func (f startFiles) Open(name string) (fs.File, error) {
	var region int
	if _, err := fmt.Sscanf(name, "R%d.csv", &region); err != nil {
		return f.MapFS.Open(name)
	}
	r, w := io.Pipe()
	go func() {
		w.CloseWithError(writeStartRows(w, uint64(region), f.rows))
	}()
	return startRows{r, name}, nil
}

// writeStartRows writes the share of one region, in the order of time.
func writeStartRows(w io.Writer, region uint64, rows int) error {
	share := []float64{0.597, 0.174, 0.026, 0.136, 0.068}[region-1]
	functions := []int{2307, 2078, 214, 7513, 521}[region-1]
	rng := rand.New(rand.NewPCG(region, 0))
	out := bufio.NewWriterSize(w, 1<<16)
	if _, err := out.WriteString(startsHead); err != nil {
		return err
	}
	n := int(share * float64(rows))
	for i := range n {
		seconds := 31 * 86400 * float64(i) / float64(n)
		function := int(float64(functions) * rng.Float64() * rng.Float64())
		if _, err := fmt.Fprintf(out, "%d,%.3f,%d,%d,%d,%064x,2.239314,0.027161815,0.045,0.454,1.713152185,pool24-600-512-%010d\n",
			int(seconds)/86400, seconds, 1+i%4, function, function/2, i, i); err != nil {
			return err
		}
	}
	return out.Flush()
}

// BenchmarkStreamColdStarts reads all rows of the published length and goes
// through the counts of all functions. It fails if the process needs more than
// 1 GiB on the way.
func BenchmarkStreamColdStarts(b *testing.B) {
	for _, rows := range []int{1_200_000, 12_000_000} {
		b.Run(fmt.Sprintf("%d", rows), func(b *testing.B) {
			if testing.Short() && rows > 2_000_000 {
				b.Skip("takes about a minute")
			}
			var peak uint64
			for b.Loop() {
				most, calls := streamAll(b, rows)
				if calls < int64(rows)*99/100 || most > 1<<30 {
					b.Fatalf("%d cold starts of %d, %d bytes in use", calls, rows, most)
				}
				peak = max(peak, most)
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// streamAll returns the most memory that was in use and the cold starts seen.
func streamAll(b *testing.B, rows int) (peak uint64, calls int64) {
	look := func() { peak = max(peak, inUse()) }
	_, functions, err := trace.Stream(newStartFiles(rows), trace.Options{Progress: func(trace.Progress) { look() }})
	if err != nil {
		b.Fatal(err)
	}
	for f := range functions {
		calls += f.Calls()
		look()
	}
	return peak, calls
}

// inUse returns the memory that the runtime holds, apart from what it has given
// back to the operating system.
func inUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
