package feature

import "math"

// LoadColumns is the length of a row about the load.
const LoadColumns = 32

// LoadColumnNames returns what the columns of such a row mean. "Above" is the
// log1p of the threshold less that of what is named.
func LoadColumnNames() [LoadColumns]string {
	return [LoadColumns]string{
		"above last", "above mean of 5", "above most of 5", "above most of 10", "above most of 60", "above mean of 30",
		"above most of 180", "above network q50", "above network q95", "threshold", "roughness of 10", "roughness of 60",
		"exceeded of 3", "exceeded of 10", "exceeded of 60", "exceeded of 180", "age", "last gap", "gap before the last",
		"folded by 5", "folded by 10", "folded by 15", "folded by 30", "folded by 60", "above the hour before", "trend",
		"network logit", "horizon", "clock", "age by last gap", "known of 10", "above mean of 180",
	}
}

// Load is the past of one function as a level: how many calls its last Steps
// steps had. The zero value is ready for Read.
type Load struct {
	n, phase int
	counts   []int32
	known    recentSet
	last     float64 // log1p of the last known count
	mean     [3]float64
	most     [4]float64
	rough    [2]float64 // root mean square of the steps of log1p
	trend    float64
	spare    [Steps]float64
}

// Read takes in the last Steps counts of a window, which are kept. phase is the
// Phase of the first of the counts given.
func (l *Load) Read(counts []int32, phase int) {
	l.phase = (phase + len(counts)) % PhaseSteps
	l.counts = counts[max(0, len(counts)-Steps):]
	l.n, l.known, l.last = len(l.counts), recentSet{}, 0
	for i, c := range l.counts {
		l.spare[i] = math.NaN()
		if c >= 0 {
			l.known.add(i)
			l.spare[i] = log1p(c)
			l.last = l.spare[i]
		}
	}
	for k, span := range [...]int{5, 30, Steps} {
		l.mean[k] = l.average(l.n-span, l.n)
	}
	for k, span := range [...]int{5, 10, 60, Steps} {
		most := int32(0)
		for _, c := range l.counts[max(0, l.n-span):] {
			most = max(most, c)
		}
		l.most[k] = log1p(most)
	}
	for k, span := range [...]int{10, 60} {
		l.rough[k] = l.roughness(span)
	}
	l.trend = l.average(l.n-3, l.n) - l.average(l.n-8, l.n-3)
}

// average returns log1p of the mean known count of the steps [from, to), and
// of 0 where there is none.
func (l *Load) average(from, to int) float64 {
	sum, known := 0.0, 0.0
	for _, c := range l.counts[max(0, from):max(0, to)] {
		if c >= 0 {
			sum += float64(c)
			known++
		}
	}
	return math.Log1p(sum / max(known, 1))
}

// roughness returns the root mean square difference of log1p from step to step
// over the last span.
func (l *Load) roughness(span int) float64 {
	sum, n := 0.0, 0.5
	x := l.spare[max(0, l.n-span):l.n]
	for i := 1; i < len(x); i++ {
		if d := x[i] - x[i-1]; d == d {
			sum += d * d
			n++
		}
	}
	return math.Sqrt(sum / n)
}

// Most returns the largest count of the last Steps.
func (l *Load) Most() float64 { return math.Expm1(l.most[3]) }

// Recent returns the largest count of the last ten steps.
func (l *Load) Recent() float64 { return math.Expm1(l.most[1]) }

// Active returns the share of steps with calls among the known of the last 30.
func (l *Load) Active() float64 { return ActiveShare(l.counts[max(0, l.n-30):]) }

// ActiveShare returns the share of steps with calls among the known ones, 0 where
// none is.
func ActiveShare(counts []int32) float64 {
	active, known := 0.0, 0.0
	for _, c := range counts {
		if c >= 0 {
			known++
		}
		if c > 0 {
			active++
		}
	}
	return active / max(known, 1)
}

// Mean returns the mean count of the last 30 steps.
func (l *Load) Mean() float64 { return math.Expm1(l.mean[1]) }

// Row writes to dst, LoadColumns long, and returns what the past says of whether horizon t
// has more calls than threshold. q50 and q95 are the network's quantiles of
// log1p(count) at t, logit is that of its probability of a call.
func (l *Load) Row(dst []float32, threshold float64, t int, q50, q95, logit float64) []float32 {
	dst = dst[:LoadColumns]
	x := math.Log1p(threshold)
	above := func(at int, v float64) { dst[at] = float32(x - v) }
	above(0, l.last)
	above(1, l.mean[0])
	above(2, l.most[0])
	above(3, l.most[1])
	above(4, l.most[2])
	above(5, l.mean[1])
	above(6, l.most[3])
	above(7, q50)
	above(8, q95)
	above(31, l.mean[2])
	hour := 0.0
	for at := l.n - 2 + t - PhaseSteps; at <= l.n+t-PhaseSteps; at++ {
		if at >= 0 && at < l.n {
			hour = max(hour, log1p(max(l.counts[at], 0)))
		}
	}
	above(24, hour)
	dst[9], dst[10], dst[11] = float32(x), float32(l.rough[0]), float32(l.rough[1])
	dst[25], dst[26], dst[27], dst[28] = float32(l.trend), float32(logit), float32(t), float32((l.phase+t-1)%PhaseSteps)
	l.exceedances(dst, threshold, t)
	return dst
}

// exceedances fills in the columns about when the threshold was exceeded.
func (l *Load) exceedances(dst []float32, threshold float64, t int) {
	var s recentSet
	last, gap, before := -1, 0, 0
	for i, c := range l.counts {
		if float64(c) <= threshold {
			continue
		}
		s.add(i)
		if last >= 0 {
			gap, before = i-last, gap
		}
		last = i
	}
	for k, span := range [...]int{3, 10, 60, Steps} {
		from := max(0, l.n-span)
		dst[12+k] = float32(s.count(from)) / float32(max(l.known.count(from), 1))
	}
	age := l.n - 1 - last
	dst[16], dst[17], dst[18] = float32(age+t), float32(gap), float32(before)
	dst[29] = float32(age+t) / float32(max(gap, 1))
	if gap == 0 {
		dst[29] = -1
	}
	for k, lag := range [...]int{5, 10, 15, 30, 60} {
		hits, tries := float32(0.5*dst[15]), float32(0.5)
		for at := l.n - 1 + t - lag; at >= 0; at -= lag {
			if at < l.n && l.known.has(at) {
				tries++
				if s.has(at) {
					hits++
				}
			}
		}
		dst[19+k] = hits / tries
	}
	dst[30] = float32(l.known.count(max(0, l.n-10)))
}
