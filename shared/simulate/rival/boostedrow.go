package rival

// BoostedColumns is the number of columns of a row.
const BoostedColumns = 42

// BoostedColumnNames returns the names of the columns in their order. Gaps and times are in
// minutes. The age of a function counts from its first call; gap is the time since its last.
func BoostedColumnNames() []string {
	return []string{
		"gap", "gap 1", "gap 2", "gap 3", "gap 4", "gap 5", // the last gaps, 0 if there are fewer
		"gap - gap 1", "gap - gap 2", "gap - median", "gap - next", // next: what followed the latest gap as long as gap 1
		"gaps", "mean gap", "deviation", "quantile 0.1", "quantile 0.25", "median", "quantile 0.75", "quantile 0.9",
		"share of gaps at least gap", "hazard", "hazard +- 1",
		"calls 1", "calls 2", "calls 5", "calls 10", "calls 30", "calls 60", "calls 180",
		"active 5", "active 10", "active 30", "active 60", "active 180",
		"age", "active share", "calls per active minute", "run",
		"minute of hour", "share at minute of hour", "share at minute of half hour", "share at minute of quarter", "active an hour ago",
	}
}

// row writes the row of the minute after counts, which is at a minute of the hour.
func (p *past) row(dst []float32, counts []int32, clock int) {
	minute := len(counts)
	age := minute - p.first
	share := float64(p.active) / float64(age)
	w := writer{dst: dst[:0]}
	p.addGaps(&w, minute-p.last, share)
	for _, calls := range p.windowCalls {
		w.add(float64(calls))
	}
	for _, active := range p.windowActive[2:] {
		w.add(float64(active))
	}
	w.add(float64(age), share, float64(p.calls)/float64(p.active), float64(p.run))
	w.add(float64(clock))
	for _, period := range []int{60, 30, 15} {
		w.add(p.shareAt(clock, period, age, share))
	}
	hourAgo := 0.0
	if minute >= hourMinutes && counts[minute-hourMinutes] > 0 {
		hourAgo = 1
	}
	w.add(hourAgo)
}

// addGaps writes the columns of the gaps. share is that of the minutes with calls.
func (p *past) addGaps(w *writer, gap int, share float64) {
	w.add(float64(gap))
	for _, g := range p.recent {
		w.add(float64(g))
	}
	median := float64(p.quantiles[len(gapShares)/2])
	next := p.next[min(p.recent[0], gapBins)]
	w.add(float64(gap-p.recent[0]), float64(gap-p.recent[1]), float64(gap)-median, float64(gap-int(next)))
	mean, deviation := p.gapMoments()
	w.add(float64(p.gaps), mean, deviation)
	for _, q := range p.quantiles {
		w.add(float64(q))
	}
	longer := float64(p.atLeast[min(gap, gapBins)]) / max(1, float64(p.gaps))
	w.add(longer, p.hazard(gap, gap, share), p.hazard(gap-1, gap+1, share))
}

// shareAt returns the share of the minutes since the first call, at the same place of a
// period that divides the hour, that had calls. It is pulled towards a prior with the weight
// of one minute.
func (p *past) shareAt(clock, period, age int, prior float64) float64 {
	active := 0.0
	for at := clock % period; at < hourMinutes; at += period {
		active += float64(p.hour[at])
	}
	// The age is the number of minutes seen. The minute to decide on follows them, so
	// that the places before it are whole periods back.
	return (active + prior) / (float64(age/period) + 1)
}

// writer appends to a row.
type writer struct{ dst []float32 }

func (w *writer) add(values ...float64) {
	for _, v := range values {
		w.dst = append(w.dst, float32(v))
	}
}
