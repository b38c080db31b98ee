package series

import "math"

// Loads appends the load of each step of counts to dst: the replicas that calls keep
// busy on average over the step. A call of d seconds fills its step of s seconds and the
// next ceil(d/s) - 1 of them:
//
//	load[i] = sum over j of counts[i-j] * min(1, d/s - j) / K,  j = 0 .. ceil(d/s) - 1
//
// For calls shorter than a step that is counts[i] * d / (s * K), Little's law. duration
// is d, the mean duration of a call in seconds (0 if unknown), step is s in seconds, and
// concurrency is K, the calls that one replica serves at a time. A step without data
// adds no calls. Loads panics if step or concurrency is not positive.
//
// Source: Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9(3),
// 1961.
func Loads(dst []float64, counts []int32, duration, step, concurrency float64) []float64 {
	s := newFill(duration, step, concurrency, len(counts))
	for i, c := range counts {
		if s.whole == 0 && c <= 0 { // most steps of most functions; a division costs more than all else here
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, (s.earlier(counts, i)+float64(max(0, c))*s.own)/s.per)
	}
	return dst
}

// Held appends the held replicas of each step of counts to dst: those on which calls of
// earlier steps still run, which no policy can take away. They are the terms of Loads
// with j >= 1, rounded up. The arguments are those of Loads.
func Held(dst []int32, counts []int32, duration, step, concurrency float64) []int32 {
	s := newFill(duration, step, concurrency, len(counts))
	for i := range counts {
		dst = append(dst, int32(math.Min(math.Ceil(s.earlier(counts, i)/s.per), math.MaxInt32)))
	}
	return dst
}

// Need returns the replicas that a step with count calls and the given load needs:
//
//	need = max(1 if count > 0 else 0, ceil(load))
//
// NoData stays NoData, since the calls that are not known may need more.
func Need(count int32, load float64) int32 {
	if count == 0 && load == 0 {
		return 0 // most steps
	}
	if count == NoData {
		return NoData
	}
	return int32(math.Min(math.Max(float64(min(count, 1)), math.Ceil(load)), math.MaxInt32))
}

// fill divides calls among the steps that they fill. Times are in seconds, so that
// whole seconds give exact loads.
type fill struct {
	own   float64 // time of a call in its own step
	rest  float64 // time in the last step of a call that fills at least one
	step  float64
	per   float64 // time that the calls of one replica fill in a step
	whole int     // steps that a call fills completely, its own among them
	calls int64   // of the whole-1 steps before the present one
}

// newFill returns the fill of calls in a window of the given number of steps.
func newFill(duration, step, concurrency float64, steps int) fill {
	if step <= 0 || concurrency <= 0 {
		panic("series: step and concurrency must be positive")
	}
	whole := math.Min(math.Floor(duration/step), float64(steps))
	return fill{own: math.Min(duration, step), rest: duration - whole*step, step: step, per: step * concurrency, whole: int(whole)}
}

// earlier returns the time that calls of earlier steps take in step i. It is called once
// for each step, in rising order.
func (s *fill) earlier(counts []int32, i int) float64 {
	if s.whole == 0 || i == 0 {
		return 0
	}
	s.calls += int64(max(0, counts[i-1]))
	if i < s.whole {
		return float64(s.calls) * s.step
	}
	leaving := int64(max(0, counts[i-s.whole]))
	s.calls -= leaving
	return float64(s.calls)*s.step + float64(leaving)*s.rest
}
