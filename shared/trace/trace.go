// Package trace reads traces of serverless platforms, published ones and own data: for
// every function the number of calls in each minute.
//
// Load recognises the layout from the files. Package synthetic makes a trace
// from published statistics when no real one is at hand.
package trace

import (
	"fmt"
	"slices"
	"time"

	"prewarm/shared/series"
)

// MinutesPerDay is the number of steps in one day of a trace.
const MinutesPerDay = 1440

// MaxMinutes bounds the length of a trace: the minutes of a leap year. A trace that
// seems longer has a malformed time column.
const MaxMinutes = 366 * MinutesPerDay

// Layout names the form in which a trace was published.
type Layout string

// The layouts that Open recognises, and that of package synthetic.
const (
	// Azure2019 is a directory of invocations_per_function_md.anon.dNN.csv
	// with function_durations_percentiles.anon.dNN.csv and
	// app_memory_percentiles.anon.dNN.csv beside it. Source:
	// Shahrad et al., "Serverless in the Wild", USENIX ATC 2020.
	Azure2019 Layout = "azure2019"

	// Azure2019SingleDay is one re-keyed file fn,1..1440 of the same release.
	Azure2019SingleDay Layout = "azure2019_single_day"

	// Huawei2023 is a directory with requests_minute/ or requests_second/ and, if
	// durations are known, function_delay_minute/. The calls per minute of the release
	// of 2025 have the same form. Source: Joosen et al., "How Does It
	// Function?", SoCC 2023.
	Huawei2023 Layout = "huawei2023_private"

	// Huawei2025Regions is a directory of files minute,cold_starts: one series
	// a region, and it counts cold starts, not calls. Source: Joosen et al.,
	// "Serverless Cold Starts and Where to Find Them", EuroSys 2025.
	Huawei2025Regions Layout = "huawei2025_regions"

	// Huawei2025 is a directory of the per-function files of the same release,
	// one row a cold start, in files or folders named R1 to R5. It counts cold
	// starts, not calls.
	Huawei2025 Layout = "huawei2025_cold_starts"

	// Azure2021 is a directory of files app,func,end_timestamp,duration, one
	// row an invocation. Source: Zhang et al., "Faster and Cheaper Serverless
	// Computing on Harvested Resources", SOSP 2021.
	Azure2021 Layout = "azure2021"

	// Huawei2025Requests is a directory of the request tables of the same release,
	// one row a call.
	Huawei2025Requests Layout = "huawei2025_requests"

	// OwnEvents, OwnCounts and OwnSeries are own data, in files with headings such as
	// timestamp,function (a row per call), time,function,count (a row per step and
	// function), or time and a column per function. models/simulate/README.md describes
	// what is recognised.
	OwnEvents Layout = "own_events"
	OwnCounts Layout = "own_counts"
	OwnSeries Layout = "own_series"

	// Generated is a trace made by package synthetic.
	Generated Layout = "generated"
)

// Attribution returns the source and licence of a published trace. It belongs
// in every document that shows a figure computed from it. It is empty for
// generated traces and own data.
func (l Layout) Attribution() string {
	switch l {
	case Azure2019, Azure2019SingleDay:
		return "Azure Functions trace 2019 (Microsoft; Shahrad et al., USENIX ATC 2020), CC-BY"
	case Huawei2023:
		return "Huawei private cloud trace (Huawei SIR lab; Joosen et al., SoCC 2023), CC BY 4.0"
	case Azure2021:
		return "Azure Functions invocation trace 2021 (Microsoft; Zhang et al., SOSP 2021), CC-BY"
	case Huawei2025Regions, Huawei2025, Huawei2025Requests:
		return "Huawei public cloud trace (Huawei SIR lab; Joosen et al., EuroSys 2025), CC BY 4.0"
	}
	return ""
}

// Trace is a set of functions over the same minutes.
type Trace struct {
	Layout    Layout
	Start     int        // first minute, counted from midnight of the first day
	Minutes   int        // length of every Counts
	Functions []Function // in the order of the files
	Summary   Summary    // what was left out

	// Begin is the time of the first minute in UTC, zero if the files do not say it.
	Begin time.Time
}

// Function is one function of a trace, or one region of Huawei2025Regions.
type Function struct {
	Name    string // unique in the trace
	Owner   string // user that the function belongs to, "" if unknown
	App     string // application that groups functions, "" if unknown
	Trigger string // what calls it (timer, http, ...), "" if unknown
	Region  string // data centre that it runs in (R1, R2, ...), "" if unknown

	// Counts has the calls of each minute, series.NoData if unknown.
	// Huawei2025, Huawei2025Regions and package synthetic with its option
	// ColdStarts count cold starts instead.
	Counts []int32

	// Seconds has the calls of each second with any, in rising order. It is nil if the files
	// do not have them, or if Options.Seconds does not ask for them.
	Seconds []SecondCalls

	// Duration is the mean time of one call in seconds, 0 if unknown.
	Duration float64

	// DurationQuantiles is the spread of that time in rising order of P,
	// empty if unknown.
	DurationQuantiles []Quantile

	// MemoryMB is the mean memory that the application of the function has allocated, in
	// megabytes, 0 if unknown.
	MemoryMB float64

	// Start describes the cold starts, zero if unknown.
	Start StartTimes
}

// Application returns the application that f belongs to: owner and application of
// the trace with a slash between, or its application alone if the owner is unknown or the
// same. A function without an application is one of its own, with its name.
func (f Function) Application() string {
	switch {
	case f.App == "":
		return f.Name
	case f.Owner == "" || f.Owner == f.App:
		return f.App
	}
	return f.Owner + "/" + f.App
}

// Quantile is a point of a distribution: a share P of all values is at most
// Seconds.
type Quantile struct {
	P       float64 // 0 to 1
	Seconds float64
}

// Calls returns the sum of the known counts of f.
func (f Function) Calls() int64 {
	var sum int64
	for _, c := range f.Counts {
		if c > 0 {
			sum += int64(c)
		}
	}
	return sum
}

// ActiveMinutes returns the number of minutes in which f is called.
func (f Function) ActiveMinutes() int {
	n := 0
	for _, c := range f.Counts {
		if c > 0 {
			n++
		}
	}
	return n
}

// Until returns the first n minutes of the trace, or t itself if it is not longer.
// The counts share memory with t, but have no capacity beyond the cut, so that a
// policy cannot see the future by mistake. Durations stay as they are: they describe
// the function, not the minutes. Until panics if n is negative.
func (t *Trace) Until(n int) *Trace {
	if n < 0 {
		panic(fmt.Sprintf("trace: cut at minute %d", n))
	}
	if n >= t.Minutes {
		return t
	}
	cut := *t
	cut.Minutes = n
	cut.Functions = make([]Function, len(t.Functions))
	for i, f := range t.Functions {
		f.Counts, f.Seconds = f.Counts[:n:n], secondsUntil(f.Seconds, n)
		cut.Functions[i] = f
	}
	return &cut
}

// newCounts returns the counts of minutes without data.
func newCounts(minutes int) []int32 { return slices.Repeat([]int32{series.NoData}, minutes) }
