//go:build unix

package bench

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Cost is how one cost grows with the functions.
type Cost struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Each is the cost per function and step, in the order of the sizes; NaN is written as
	// null, for a size without it.
	Each []float64 `json:"each"`
	// Exponent is k of the fit cost = a functions^k, 1 for a cost that is linear; 0 if fewer
	// than two sizes have the cost.
	Exponent float64 `json:"exponent"`
	// Ratio is the cost per function at the most functions over that at the next fewer, 0 if
	// unknown.
	Ratio float64 `json:"ratio"`
}

// kind is a group of costs of a result, per step.
type kind struct {
	prefix, unit string
	scale        float64
	of           func(*Result) map[string]float64
}

func kinds() []kind {
	return []kind{
		{"CPU, ", "ms", 1e3, func(r *Result) map[string]float64 { return r.CPU }},
		{"bytes, ", "B", 1, func(r *Result) map[string]float64 { return r.Bytes }},
		{"messages, ", "", 1, func(r *Result) map[string]float64 { return r.Messages }},
		{"requests, ", "", 1, func(r *Result) map[string]float64 { return r.Requests }},
	}
}

// Costs returns all costs of the results, which must be in the order of their functions.
func Costs(results []*Result) (out []Cost) {
	for _, k := range kinds() {
		names := map[string]bool{}
		for _, r := range results {
			for name := range k.of(r) {
				names[name] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			c := Cost{Name: k.prefix + name, Unit: k.unit}
			for _, r := range results {
				c.Each = append(c.Each, k.scale*k.of(r)[name]/float64(r.Functions))
			}
			c.fit(results)
			out = append(out, c)
		}
	}
	return out
}

// fit sets exponent and ratio, by least squares of log cost on log functions.
func (c *Cost) fit(results []*Result) {
	var x, y []float64
	for i, r := range results {
		if c.Each[i] > 0 {
			n := float64(r.Functions)
			x, y = append(x, math.Log(n)), append(y, math.Log(c.Each[i]*n))
		}
	}
	if len(x) < 2 || x[0] == x[len(x)-1] {
		return
	}
	_, c.Exponent = stat.LinearRegression(x, y, nil, false)
	if n := len(c.Each); c.Each[n-2] > 0 {
		c.Ratio = c.Each[n-1] / c.Each[n-2]
	}
}
