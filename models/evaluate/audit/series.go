package audit

import (
	"cmp"
	"slices"

	"prewarm/models/train/hourlyfit"
	"prewarm/shared/forecast"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// Series is the cold starts of one region or function, hour by hour. It ends
// before the first unknown hour.
type Series struct {
	Name  string
	Hours []float64
}

// Data is the series to train on and those to score. The published protocol trains
// on a region with many cold starts and scores regions with few of them.
type Data struct {
	Dense, Sparse []Series
	Source        string // and licence, empty if generated
}

// ByRegion returns the series of region R1 as dense and those of the others as
// sparse. The counts of the trace must be cold starts.
func ByRegion(t *trace.Trace) Data {
	d := Data{Source: t.Layout.Attribution()}
	for _, f := range t.Functions {
		s := Series{f.Name, hourlySums(f.Counts)}
		if f.Region == "R1" {
			d.Dense = append(d.Dense, s)
		} else {
			d.Sparse = append(d.Sparse, s)
		}
	}
	return d
}

// hourlySums adds up each hour before the first one with an unknown minute.
func hourlySums(counts []int32) []float64 {
	var hours []float64
	for _, n := range hourlyfit.Hours(counts, 0) {
		if n == series.NoData {
			break
		}
		hours = append(hours, float64(n))
	}
	return hours
}

// denseShare is the share of the functions that count as dense: those with the
// most active hours.
const denseShare = 0.25

// ByDensity returns the cold starts that each function of a trace of calls would
// have with a keep-alive of ten minutes. The functions with the most hours with a
// cold start are dense. Functions without a call are left out.
func ByDensity(t *trace.Trace) Data {
	var all []Series
	for _, f := range t.Functions {
		if f.Calls() > 0 {
			all = append(all, Series{f.Name, coldStarts(f.Counts)})
		}
	}
	// Stable: functions with equal numbers of hours stay in the order of the trace,
	// so the groups are always the same.
	slices.SortStableFunc(all, func(a, b Series) int { return cmp.Compare(b.active(), a.active()) })
	n := int(denseShare * float64(len(all)))
	return Data{Dense: all[:n], Sparse: all[n:], Source: t.Layout.Attribution()}
}

// coldStarts returns the cold starts of each hour but the first: whether a call is
// a cold start depends on the steps before it.
func coldStarts(counts []int32) []float64 {
	var hours []float64
	for at := 60; at+60 <= len(counts); at += 60 {
		// The steps before the hour serve to decide about its first call only; they
		// are not counted.
		n, ok := forecast.ColdStarts(counts[at-forecast.KeepAlive:at], counts[at:at+60])
		if !ok {
			break
		}
		hours = append(hours, float64(n))
	}
	return hours
}

// active returns the number of hours with a cold start.
func (s Series) active() int {
	n := 0
	for _, h := range s.Hours {
		if h > 0 {
			n++
		}
	}
	return n
}
