package invocation

import "slices"

// function is what a chunk has counted of one function. Each []float64 and []bool has one
// value per step.
type function struct {
	calls, ended, errors, busy []float64
	deployed                   []bool // the function existed in the step
	flights                    map[string]*flight
	has                        metrics // with a series in the chunk
	rose                       metrics // of these, those that rose
	since                      int64   // when it was first seen to exist, Unix ms; 0 if before the chunk
}

// metrics is a set of the metrics of functions: a map for each function would take more memory
// than its counts.
type metrics uint8

func setOf(metric string) metrics {
	return 1 << slices.Index([]string{Deployed, Started, Ended, Seconds}, metric)
}

func (m *metrics) add(metric string)     { *m |= setOf(metric) }
func (m metrics) has(metric string) bool { return m&setOf(metric) != 0 }

// of returns the function that s belongs to.
func (c *Chunk) of(s Series) *function {
	f := c.functions[s.Function]
	if f == nil {
		n := c.Grid.Len
		v, b := make([]float64, 4*n), make([]bool, n) // few allocations: there may be thousands of functions
		f = &function{
			calls: v[:n:n], ended: v[n : 2*n : 2*n], errors: v[2*n : 3*n : 3*n], busy: v[3*n:],
			deployed: b, flights: map[string]*flight{},
		}
		c.functions[s.Function] = f
	}
	f.has.add(s.key.metric)
	return f
}
