package audit

import "slices"

// lookBack is the number of hours that a forecast is made from.
const lookBack = 3

// Protocol selects the leaks. The zero value has none.
type Protocol struct {
	ScalerSeesTarget bool `json:"scaler_sees_target"` // the scaler is fitted on the look-back and the target
	ForestSeesTarget bool `json:"forest_sees_target"` // the forest is scored on the rows that it was trained on
	ActiveHoursOnly  bool `json:"active_hours_only"`  // hours without a cold start are removed, also as targets
}

// row is one forecast: three hours, and the next one to predict.
type row struct {
	series  int  // index of the series
	late    bool // in the second half of its series, which is scored
	history [lookBack]float64
	target  float64
	low     float64 // of the scaler
	span    float64 // of the scaler, above 0
}

// scaled returns a value in units of the scaler, (v - low)/span.
func (r row) scaled(v float64) float64 { return (v - r.low) / r.span }

// rows returns the rows of all series, in the order of time within each. With
// ActiveHoursOnly, the three hours before a target are the last active ones, which
// may be days before; whether a row is late depends on the hour of its target in
// the whole series in both cases.
func (p Protocol) rows(all []Series) []row {
	var rows []row
	for at, s := range all {
		var seen []float64
		for hour, v := range s.Hours {
			if p.ActiveHoursOnly && v == 0 {
				continue
			}
			if len(seen) >= lookBack {
				r := row{series: at, late: 2*hour >= len(s.Hours), history: [lookBack]float64(seen[len(seen)-lookBack:]), target: v}
				// seen does not hold v yet: the honest scaler knows the hours before
				// the target only.
				p.fitScaler(&r, seen)
				rows = append(rows, r)
			}
			seen = append(seen, v)
		}
	}
	return rows
}

// fitScaler sets the scaler to map the least value to 0 and the largest to 1. A
// leaking one is fitted on the look-back and the target, an honest one on all
// hours seen before the target. Equal values have a span of 1.
func (p Protocol) fitScaler(r *row, seen []float64) {
	if p.ScalerSeesTarget {
		seen = append(slices.Clone(r.history[:]), r.target)
	}
	r.low = slices.Min(seen)
	if r.span = slices.Max(seen) - r.low; r.span == 0 {
		r.span = 1
	}
}

// reveals returns whether the scaled look-back alone gives the target. A scaler
// that saw the target maps the least of the four hours to 0 and the largest to 1;
// if the look-back lacks one of these two, the target is the one that is missing.
// Four equal hours do not count, since there is nothing to predict.
func (r row) reveals() bool {
	return r.target < slices.Min(r.history[:]) || r.target > slices.Max(r.history[:])
}
