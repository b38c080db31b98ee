package ledger

import "slices"

// cells holds sums by index, the step divided by the width of a cell, for each mode.
type cells struct{ active, observe runs }

// runs are cells of one mode in the order of time. Neighbours with the same sums are one run:
// a function that sleeps has the same in every hour, and there may be ten thousand functions.
type runs []run

// run is the cells from first to last, with the sums of each of them.
type run struct {
	first, last int64
	sums        Sums
}

// add adds s to a cell and, if the cell is new, drops those more than keep before it. Cells
// come in the order of time.
func (c *cells) add(index, keep int64, active bool, s Sums) {
	if active {
		c.active = c.active.add(index, keep, s)
	} else {
		c.observe = c.observe.add(index, keep, s)
	}
}

// forget drops the cells after an index.
func (c *cells) forget(after int64) {
	c.active, c.observe = c.active.forget(after), c.observe.forget(after)
}

// sum returns the sum of the cells after an index.
func (c *cells) sum(after int64) ByMode {
	return ByMode{Active: c.active.sum(after), Observe: c.observe.sum(after)}
}

func (r runs) add(index, keep int64, s Sums) runs {
	if n := len(r); n == 0 || r[n-1].last != index {
		r = r.join()
		r = slices.DeleteFunc(r, func(old run) bool { return old.last < index-keep })
		return append(r, run{index, index, s})
	}
	r = r.split()
	r[len(r)-1].sums.add(s)
	return r
}

// join makes the last two runs one if they have the same sums and no gap between them.
func (r runs) join() runs {
	n := len(r)
	if n < 2 || r[n-2].sums != r[n-1].sums || r[n-2].last+1 != r[n-1].first {
		return r
	}
	r[n-2].last = r[n-1].last
	return r[:n-1]
}

// split makes the last cell a run of its own.
func (r runs) split() runs {
	last := &r[len(r)-1]
	if last.first == last.last {
		return r
	}
	last.last--
	return append(r, run{last.last + 1, last.last + 1, last.sums})
}

func (r runs) forget(after int64) runs {
	r = slices.DeleteFunc(r, func(one run) bool { return one.first > after })
	for i := range r {
		r[i].last = min(r[i].last, after)
	}
	return r
}

func (r runs) sum(after int64) Sums {
	var out Sums
	for i := range r {
		out.add(r[i].sums.times(r[i].last - max(r[i].first-1, after)))
	}
	return out
}
