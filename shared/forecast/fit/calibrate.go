package fit

import (
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// cases are windows of functions that no part was trained on, with what the
// parts say of them and what came.
type cases struct {
	windows []event.FunctionWindow
	futures [][]int32
	curves  []forecast.Curves
}

// drawCases draws windows of real functions. Those that tell too little for a
// forecast are left out.
func drawCases(m *forecast.Model, tasks []Task, n int, rng *rand.Rand) (*cases, error) {
	p, err := forecast.New(m, "calibration")
	if err != nil {
		return nil, err
	}
	c := &cases{}
	for range n {
		e := draw(tasks, 0, rng)
		w := event.FunctionWindow{Function: "calibration.fit", Concurrency: 1}
		w.StepSeconds, w.Start, w.Counts = 60, int64(e.phase)*60, e.counts[:feature.Steps]
		if w.Known() >= forecast.MinKnown {
			c.windows, c.futures = append(c.windows, w), append(c.futures, e.counts[feature.Steps:])
		}
	}
	c.curves = make([]forecast.Curves, len(c.windows))
	return c, errors.Join(p.Parts(c.curves, c.windows)...)
}

// calibrate fits stack and cold mix on the calibration group.
func (o Options) calibrate(m *forecast.Model, tasks []Task) error {
	rng := o.source("calibration", 0)
	m.Stack, m.Cold = forecast.Stack{Refiner: 1}, forecast.ColdMix{Formula: 1}
	c, err := drawCases(m, tasks, o.Examples/4, rng)
	if err != nil {
		return err
	}
	m.Stack = c.stack(rng)
	m.Cold = c.coldMix(m.Stack)
	return nil
}

// stack fits the logistic regression on every fifth horizon.
func (c *cases) stack(rng *rand.Rand) forecast.Stack {
	var fit logistic
	for i := range c.curves {
		for t := rng.IntN(5); t < feature.Horizons; t += 5 {
			if n := c.futures[i][t]; n >= 0 {
				fit.add(feature.Logit(c.curves[i].Refiner[t]), feature.Logit(c.curves[i].Network[t]), n > 0)
			}
		}
	}
	return fit.solve()
}

// coldMix fits the mix by least squares, with a small ridge towards the
// formula alone and no negative weight.
func (c *cases) coldMix(stack forecast.Stack) forecast.ColdMix {
	normal, right := mat.NewSymDense(2, []float64{ridge, 0, 0, ridge}), mat.NewVecDense(2, []float64{ridge, 0})
	for i := range c.curves {
		counts := c.windows[i].Counts
		past, known := forecast.PastCold(counts)
		came, ok := forecast.ColdStarts(counts, c.futures[i])
		if !known || !ok {
			continue
		}
		var p [feature.Horizons]float32
		for t := range p {
			p[t] = stack.Apply(c.curves[i].Refiner[t], c.curves[i].Network[t])
		}
		x := mat.NewVecDense(2, []float64{forecast.ExpectedCold(p[:], counts), past})
		normal.SymRankOne(normal, 1, x)
		right.AddScaledVec(right, float64(came), x)
	}
	var w mat.VecDense
	var chol mat.Cholesky
	if !chol.Factorize(normal) || chol.SolveVecTo(&w, right) != nil {
		return forecast.ColdMix{Formula: 1}
	}
	if w.AtVec(0) < 0 {
		return forecast.ColdMix{Past: float32(right.AtVec(1) / normal.At(1, 1))}
	}
	if w.AtVec(1) < 0 {
		return forecast.ColdMix{Formula: float32(right.AtVec(0) / normal.At(0, 0))}
	}
	return forecast.ColdMix{Formula: float32(w.AtVec(0)), Past: float32(w.AtVec(1))}
}
