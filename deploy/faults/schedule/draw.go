package schedule

import "math/rand/v2"

// Round is a set of faults that may overlap. The chain must be healed before the next one.
type Round []Fault

// End is when the last fault of the round ends, in steps.
func (r Round) End() (end float64) {
	for _, f := range r {
		end = max(end, f.End())
	}
	return end
}

// Bounds of what is drawn, in steps.
const (
	maxBegin  = 1.0
	minLength = 0.2
	maxLength = 3.0
)

// overlap is how many of a hundred faults begin in the round of the one before.
const overlap = 35

// Draw returns rounds with n faults in all. Each cell comes once before one comes again.
func Draw(seed uint64, n int, cells []Cell) (out []Round) {
	if len(cells) == 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	var order []int
	for i := range n {
		if len(order) == 0 {
			order = rng.Perm(len(cells))
		}
		f := Fault{
			Cell: cells[order[0]], Begin: maxBegin * rng.Float64(), Size: 2*rng.Float64() - 1,
			Length: minLength + (maxLength-minLength)*rng.Float64()*rng.Float64(), // short ones more often
		}
		order = order[1:]
		if i == 0 || rng.IntN(100) >= overlap {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], f)
	}
	return out
}
