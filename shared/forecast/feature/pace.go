package feature

import (
	"math"

	"prewarm/shared/series"
)

// pace is the straight line through the running total of calls, by least
// squares. A timer that is early or late now and then makes up for it in the
// next periods: its total scatters about the line by less than one call, and the
// distance of the present total from the line shows which calls are due. Gaps alone
// do not show that: a gap says nothing about the delay of earlier calls.
//
// Calls count in units of the mean count of an active step.
type pace struct {
	slope   float64 // calls per step
	ahead   float64 // total of now less the line's, in calls
	scatter float64 // root mean square distance of the totals from the line, in calls
}

// owed returns the calls until horizon t by the line, less those that were
// observed until now.
func (p pace) owed(t int) float64 { return p.slope*float64(t) - p.ahead }

// paceSpans are the numbers of last known steps that lines are fitted to.
var paceSpans = [...]int{30, Steps, MaxHistory}

// findPaces fits one line per span to the points (x known steps before now, y
// calls since). Steps without data are passed over. mean is the mean count of
// an active step. One pass gives all lines, as the sums of the longer spans
// continue those of the shorter ones.
func (h *History) findPaces(counts []int32, mean float64) {
	if h.active == 0 {
		return
	}
	var since float64
	var s lineSums
	points, k := 1, 0 // the first point is (0, 0)
	for i := len(counts) - 1; i >= 0 && k < len(paceSpans); i-- {
		if counts[i] == series.NoData {
			continue
		}
		if counts[i] > 0 { // a division costs more than all else here
			since += float64(counts[i]) / mean
		}
		s = lineSums{y: s.y + since, xy: s.xy + float64(points)*since, yy: s.yy + since*since}
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

// lineSums are the sums of y, x·y and y² over points whose x are 0, 1, 2 and so
// on.
type lineSums struct{ y, xy, yy float64 }

// line returns the line through the points, of which there are at least two. The
// sums over x have closed forms. x and y count back from now, so that the line's
// value at x = 0 is how far the present total is ahead of the line.
func (s lineSums) line(points int) pace {
	n, x, squares := float64(points), float64(points*(points-1)/2), float64((points-1)*points*(2*points-1)/6)
	xx, xy, yy := squares-x*x/n, s.xy-x*s.y/n, s.yy-s.y*s.y/n
	slope := xy / xx
	return pace{slope: slope, ahead: (s.y - slope*x) / n, scatter: math.Sqrt(max(0, yy-slope*xy) / n)}
}
