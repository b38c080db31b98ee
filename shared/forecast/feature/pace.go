package feature

import (
	"math"

	"prewarm/shared/series"
)

// pace is the straight line through the running total of calls. A timer that
// is early or late now and then makes that good in the next beats: its calls
// scatter about the line by less than one, and where the total lies now says
// what is due. Gaps alone do not tell, as each begins anew.
//
// Calls count in units of the mean of the steps that have any.
type pace struct {
	slope   float64 // calls per step
	ahead   float64 // calls that came, less those that the line states by now
	scatter float64 // root mean square of that over the steps
}

// owed returns the calls that the line states for t steps ahead, less those that
// came.
func (p pace) owed(t int) float64 { return p.slope*float64(t) - p.ahead }

// paceSpans are the lengths that lines are fitted to, in known steps.
var paceSpans = [...]int{30, Steps, MaxHistory}

// findPaces fits the lines, by least squares, to points x known steps back from
// now and y calls since. Unknown steps are passed over.
func (h *History) findPaces(counts []int32, mean float64) {
	if h.calls == 0 {
		return
	}
	var came float64
	var s sums
	points, k := 1, 0 // the first has x and y of 0
	for i := len(counts) - 1; i >= 0 && k < len(paceSpans); i-- {
		if counts[i] == series.NoData {
			continue
		}
		if counts[i] > 0 { // a division costs more than all else here
			came += float64(counts[i]) / mean
		}
		s = sums{y: s.y + came, xy: s.xy + float64(points)*came, yy: s.yy + came*came}
		points++
		if points > paceSpans[k] {
			h.paces[k] = s.line(points)
			k++
		}
	}
	for ; k < len(paceSpans); k++ {
		h.paces[k] = s.line(points)
	}
}

// sums are those of the y, x·y and y² of points whose x are 0, 1, 2 and so on.
type sums struct{ y, xy, yy float64 }

// line returns the line through the points, of which there are two or more.
func (s sums) line(points int) pace {
	n, x, squares := float64(points), float64(points*(points-1)/2), float64((points-1)*points*(2*points-1)/6)
	xx, xy, yy := squares-x*x/n, s.xy-x*s.y/n, s.yy-s.y*s.y/n
	slope := xy / xx
	return pace{slope: slope, ahead: (s.y - slope*x) / n, scatter: math.Sqrt(max(0, yy-slope*xy) / n)}
}
