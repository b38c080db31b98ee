package invocation

import "maps"

// flying is the number of calls in progress at a scrape, and the time of that scrape, Unix ms.
type flying struct {
	calls float64
	at    int64
}

// place is a function on a target.
type place struct{ function, target string }

// newFlight returns the calls in progress of the function and the target of s before the
// first scrape in the chunk. A function that was measured before and has no place in the
// state had none.
func (c *Chunk) newFlight(s Series) *flight {
	f, ok := c.before.flights[place{s.Function, s.Target}]
	if t, known := c.before.targets[s.Target]; !ok && known && c.before.names.has(s.key.label) {
		f.at = t.at
	}
	return &flight{last: f.calls, lastAt: f.at, border: f}
}

// settledFlights returns the calls in progress at settle, without places that have none or
// were not seen since oldest: most functions have none most of the time.
func (c *Chunk) settledFlights(oldest int64) map[place]flying {
	flights := map[place]flying{}
	maps.Copy(flights, c.before.flights)
	for name, f := range c.functions {
		for target, fl := range f.flights {
			if at := (place{name, target}); fl.border.calls != 0 {
				flights[at] = fl.border
			} else {
				delete(flights, at)
			}
		}
	}
	maps.DeleteFunc(flights, func(_ place, f flying) bool { return f.at < oldest })
	return flights
}
