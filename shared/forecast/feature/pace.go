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
var paceSpans = [...]int{30, Steps, Past}

// findPaces fits the lines, by least squares. Unknown steps are passed over.
func (h *History) findPaces(counts []int32, mean float64) {
	if h.calls == 0 {
		return
	}
	var sum sums
	came, k := 0.0, 0
	sum.add(0, 0)
	for i := len(counts) - 1; i >= 0 && k < len(paceSpans); i-- {
		if counts[i] == series.NoData {
			continue
		}
		came += float64(counts[i]) / mean
		sum.add(sum.n, came)
		if int(sum.n) > paceSpans[k] {
			h.paces[k] = sum.line()
			k++
		}
	}
	for ; k < len(paceSpans); k++ {
		h.paces[k] = sum.line()
	}
}

// sums are those of n points: x known steps back from now, y the calls since.
type sums struct{ n, x, y, xx, xy, yy float64 }

func (s *sums) add(x, y float64) {
	s.n++
	s.x, s.y = s.x+x, s.y+y
	s.xx, s.xy, s.yy = s.xx+x*x, s.xy+x*y, s.yy+y*y
}

// line returns the line through the points, of which there are two or more.
func (s *sums) line() pace {
	xx, xy, yy := s.xx-s.x*s.x/s.n, s.xy-s.x*s.y/s.n, s.yy-s.y*s.y/s.n
	slope := xy / xx
	return pace{slope: slope, ahead: (s.y - slope*s.x) / s.n, scatter: math.Sqrt(max(0, yy-slope*xy) / s.n)}
}
