package feature

import "math"

// VolumeColumns is the number of columns of a row of the need's forest.
const VolumeColumns = 32

// VolumeColumnNames returns what each column of such a row holds. "Above x" is
// log1p of the threshold less log1p of x.
func VolumeColumnNames() [VolumeColumns]string {
	return [VolumeColumns]string{
		0: "above last", "above mean of 5", "above most of 5", "above most of 10", "above most of 60",
		5: "above mean of 30", "above most of 180", "above network q50", "above network q95", "threshold",
		10: "roughness of 10", "roughness of 60", "exceeded of 3", "exceeded of 10", "exceeded of 60",
		15: "exceeded of 180", "age", "last gap", "gap before the last", "folded by 5",
		20: "folded by 10", "folded by 15", "folded by 30", "folded by 60", "above the hour before",
		25: "trend", "network logit", "horizon", "clock", "age by last gap",
		30: "known of 10", "above mean of 180",
	}
}

// Volume describes how many calls a function had in each of its last Steps
// steps. The zero value is ready for Read. A Volume serves one goroutine.
type Volume struct {
	steps, phase int // number of steps; phase of the origin
	counts       []int32
	known        recentSet
	last         float64        // log1p of the last known count
	mean         [3]float64     // log1p of the mean of 5, 30 and all steps
	most         [4]float64     // log1p of the largest of 5, 10, 60 and all steps
	rough        [2]float64     // roughness over 10 and 60 steps
	trend        float64        // last three steps less the five before, in log1p
	logs         [Steps]float64 // log1p of each count, NaN without data
}

// Read reads the last Steps of counts and keeps them until the next Read. phase
// is the Phase of the first count.
func (v *Volume) Read(counts []int32, phase int) {
	v.phase = (phase + len(counts)) % PhaseSteps
	v.counts = counts[max(0, len(counts)-Steps):]
	v.steps, v.known, v.last = len(v.counts), recentSet{}, 0
	for i, c := range v.counts {
		v.logs[i] = math.NaN()
		if c >= 0 {
			v.known.add(i)
			v.logs[i] = log1p(c)
			v.last = v.logs[i]
		}
	}
	for k, span := range [...]int{5, 30, Steps} {
		v.mean[k] = v.average(v.steps-span, v.steps)
	}
	for k, span := range [...]int{5, 10, 60, Steps} {
		most := int32(0)
		for _, c := range v.counts[max(0, v.steps-span):] {
			most = max(most, c)
		}
		v.most[k] = log1p(most)
	}
	for k, span := range [...]int{10, 60} {
		v.rough[k] = v.roughness(span)
	}
	v.trend = v.average(v.steps-3, v.steps) - v.average(v.steps-8, v.steps-3)
}

// average returns log1p of the mean known count of the steps [from, to), 0 if
// none is known. Steps below 0 do not exist.
func (v *Volume) average(from, to int) float64 {
	sum, known := 0.0, 0.0
	for _, c := range v.counts[max(0, from):max(0, to)] {
		if c >= 0 {
			sum += float64(c)
			known++
		}
	}
	return math.Log1p(sum / max(known, 1))
}

// roughness returns the root mean square difference of log1p(count) from step to
// step over the last span steps, with half a difference of 0 added so that it is
// defined without any. Differences with an unknown count, NaN, are left out.
func (v *Volume) roughness(span int) float64 {
	sum, n := 0.0, 0.5
	x := v.logs[max(0, v.steps-span):v.steps]
	for i := 1; i < len(x); i++ {
		if d := x[i] - x[i-1]; !math.IsNaN(d) {
			sum += d * d
			n++
		}
	}
	return math.Sqrt(sum / n)
}

// Most returns the largest count of the last Steps steps.
func (v *Volume) Most() float64 { return math.Expm1(v.most[3]) }

// MostRecent returns the largest count of the last ten steps.
func (v *Volume) MostRecent() float64 { return math.Expm1(v.most[1]) }

// Mean returns the mean count of the last 30 steps.
func (v *Volume) Mean() float64 { return math.Expm1(v.mean[1]) }

// ActiveShare returns the share of active steps among the known ones of the last
// 30.
func (v *Volume) ActiveShare() float64 { return ActiveShare(v.counts[max(0, v.steps-30):]) }

// Row writes the inputs of the forest to dst and returns it. The forest predicts from
// them whether horizon t has more calls than threshold. q50 and q95 are the network's
// quantiles of log1p(count) at t given that the step is active, logit is that of its
// probability of a call.
func (v *Volume) Row(dst []float32, threshold float64, t int, q50, q95, logit float64) []float32 {
	dst = dst[:VolumeColumns]
	x := math.Log1p(threshold)
	for at, value := range [...]float64{
		v.last, v.mean[0], v.most[0], v.most[1], v.most[2], v.mean[1], v.most[3], q50, q95,
	} {
		dst[at] = float32(x - value)
	}
	dst[24], dst[31] = float32(x-v.hourBefore(t)), float32(x-v.mean[2])
	dst[9], dst[10], dst[11] = float32(x), float32(v.rough[0]), float32(v.rough[1])
	dst[25], dst[26], dst[27] = float32(v.trend), float32(logit), float32(t)
	dst[28] = float32((v.phase + t - 1) % PhaseSteps)
	dst[30] = float32(v.known.count(max(0, v.steps-10)))
	v.exceedances(dst, threshold, t)
	return dst
}

// hourBefore returns log1p of the largest count one turn of the clock before
// horizon t, within one step.
func (v *Volume) hourBefore(t int) float64 {
	most := 0.0
	for at := v.steps - 2 + t - PhaseSteps; at <= v.steps+t-PhaseSteps; at++ {
		if at >= 0 && at < v.steps {
			most = max(most, log1p(max(v.counts[at], 0)))
		}
	}
	return most
}

// exceedances writes the columns about the steps that exceeded the threshold:
// how many, how long ago, and the shares of them at multiples of usual periods
// before horizon t.
func (v *Volume) exceedances(dst []float32, threshold float64, t int) {
	var exceeded recentSet
	last, gap, before := -1, 0, 0
	for i, c := range v.counts {
		if float64(c) <= threshold {
			continue
		}
		exceeded.add(i)
		if last >= 0 {
			gap, before = i-last, gap
		}
		last = i
	}
	for k, span := range [...]int{3, 10, 60, Steps} {
		from := max(0, v.steps-span)
		dst[12+k] = float32(exceeded.count(from)) / float32(max(v.known.count(from), 1))
	}
	age := v.steps - 1 - last
	dst[16], dst[17], dst[18] = float32(age+t), float32(gap), float32(before)
	dst[29] = float32(age+t) / float32(max(gap, 1))
	if gap == 0 {
		dst[29] = -1
	}
	for k, lag := range [...]int{5, 10, 15, 30, 60} {
		dst[19+k] = v.fold(&exceeded, lag, t, dst[15])
	}
}

// fold returns the share of steps in the set among the known ones that precede
// horizon t by a multiple of lag, pulled towards the overall share with a weight of
// half a step.
func (v *Volume) fold(set *recentSet, lag, t int, overall float32) float32 {
	hits, tries := 0.5*overall, float32(0.5)
	for at := v.steps - 1 + t - lag; at >= 0; at -= lag {
		if at < v.steps && v.known.has(at) {
			tries++
			if set.has(at) {
				hits++
			}
		}
	}
	return hits / tries
}
