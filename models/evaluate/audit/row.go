package audit

// lookBack is the number of hours that a forecast is made from.
const lookBack = 3

// Protocol says what leaks. The zero value leaks nothing.
type Protocol struct {
	ScalerSeesTarget bool `json:"scaler_sees_target"` // it is fitted on the look-back and the target
	ForestSeesTarget bool `json:"forest_sees_target"` // it is scored on the rows that it was trained on
	ActiveHoursOnly  bool `json:"active_hours_only"`  // hours without a cold start are removed, also as targets
}

// row is one forecast: three hours and the next.
type row struct {
	series int
	late   bool // in the second half of its series, which is scored
	past   [lookBack]float64
	target float64
	low    float64 // subtracted by the scaler
	span   float64 // divided by, after that
}

func (r row) scaled(v float64) float64 { return (v - r.low) / r.span }

// rows returns those of all series, in the order of time within each.
func (p Protocol) rows(all []Series) []row {
	var rows []row
	for at, s := range all {
		var seen []float64
		for hour, v := range s.Hours {
			if p.ActiveHoursOnly && v == 0 {
				continue
			}
			if len(seen) >= lookBack {
				r := row{series: at, late: 2*hour >= len(s.Hours), past: [lookBack]float64(seen[len(seen)-lookBack:]), target: v}
				p.fitScaler(&r, seen)
				rows = append(rows, r)
			}
			seen = append(seen, v)
		}
	}
	return rows
}

// fitScaler scales to 0..1 by least and most: of the four hours of the window
// where the target is among them, otherwise of all hours before the target.
func (p Protocol) fitScaler(r *row, seen []float64) {
	low, top := seen[0], seen[0]
	if p.ScalerSeesTarget {
		low, top = r.target, r.target
		seen = r.past[:]
	}
	for _, v := range seen {
		low, top = min(low, v), max(top, v)
	}
	r.low, r.span = low, top-low
	if r.span == 0 {
		r.span = 1
	}
}

// givenAway reports whether the scaled look-back alone tells the target. A
// scaler that saw the target takes the least of the four hours to 0 and the most
// to 1: where the look-back does not have both, the target is the one that it
// lacks. Where all four are equal it has no 1, but nothing varies there.
func (r row) givenAway() bool {
	low, top := r.past[0], r.past[0]
	for _, v := range r.past {
		low, top = min(low, v), max(top, v)
	}
	return r.target < low || r.target > top
}
