package trace

import (
	"slices"
	"strings"

	"prewarm/shared/series"
)

// joinRegions returns the active functions of all regions over the same minutes.
func joinRegions(regions []*huaweiRequests) (*Trace, error) {
	t := &Trace{}
	first, last := MaxMinutes, -1
	for _, q := range regions {
		if n := len(q.minutes); n > 0 {
			// Minutes rise over all files of a region.
			first, last = min(first, q.minutes[0]), max(last, q.minutes[n-1])
		}
	}
	if last < 0 {
		return t, nil
	}
	if err := t.span(first, last, false); err != nil {
		return nil, err
	}
	for _, q := range regions {
		for i, name := range q.names {
			if counts, active := q.counts(i, t); active {
				t.Functions = append(t.Functions, Function{Name: inRegion(q.region) + name, Owner: ownerOfPool(q.region, name), Region: q.region, Counts: counts, Seconds: q.secondsOf(i, t.Start)})
			}
		}
	}
	t.qualify()
	return t, nil
}

// counts returns the counts of function i over the minutes of t, and whether it has any
// calls.
func (q *huaweiRequests) counts(i int, t *Trace) (counts []int32, active bool) {
	counts = newCounts(t.Minutes) // minutes without a row keep NoData
	for r, row := range q.rows {
		n := int32(series.NoData)
		if i < len(row) {
			n = row[i]
		}
		if n < 0 && slices.Max(row) >= 0 {
			// NoData is negative: some other cell has a number, so that the minute was
			// measured.
			n = 0
		}
		counts[q.minutes[r]-t.Start] = n
		active = active || n > 0
	}
	return counts, active
}

// ownerOfPool returns the user in a name of 2025, funcName---userID---pool, and "" for
// other names.
func ownerOfPool(region, name string) string {
	parts := strings.Split(name, "---")
	if len(parts) != 3 {
		return ""
	}
	return inRegion(region) + parts[1]
}
