package fit

import (
	"errors"
	"math/rand/v2"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// cases are windows of functions that no part was trained on, with the predictions
// of the parts and the observed counts.
type cases struct {
	windows []event.FunctionWindow
	futures [][]int32
	curves  []forecast.Curves
}

// drawCases draws windows of real functions. Windows with too little data for a
// forecast are left out.
func drawCases(m *forecast.Model, tasks []Task, n int, rng *rand.Rand) (*cases, error) {
	p, err := forecast.New(m, "calibration")
	if err != nil {
		return nil, err
	}
	c := &cases{}
	for range n {
		// No made-up timers: the probabilities are calibrated to how often real
		// functions are called.
		e := draw(tasks, 0, rng)
		w := event.FunctionWindow{Function: "calibration.fit", Concurrency: 1}
		// Phases repeat after a period, so the phase in minutes serves as the time
		// of the first step.
		w.StepSeconds, w.Start, w.Counts = 60, int64(e.phase)*60, e.history()
		if w.Tail(feature.Steps).Known() >= forecast.MinKnown {
			c.windows, c.futures = append(c.windows, w), append(c.futures, e.future())
		}
	}
	c.curves = make([]forecast.Curves, len(c.windows))
	return c, errors.Join(p.Parts(c.curves, c.windows)...)
}

// maxCases bounds the windows that are calibrated on.
const maxCases = 30_000

// calibrate fits the stack on the calibration group.
func (o Options) calibrate(m *forecast.Model, tasks []Task) error {
	rng := o.source("calibration", 0)
	// A provisional stack makes the model complete enough for forecast.New. Parts
	// reads the curves before they are joined.
	m.Stack = forecast.Stack{Refiner: 1}
	c, err := drawCases(m, tasks, min(o.Examples/4, maxCases), rng)
	if err != nil {
		return err
	}
	m.Stack = c.stack(rng)
	return nil
}

// stack fits the logistic regression on every fifth horizon, from a random one on:
// neighbouring horizons hardly differ.
func (c *cases) stack(rng *rand.Rand) forecast.Stack {
	var fit logistic
	for i := range c.curves {
		for t := rng.IntN(5); t < feature.Horizons; t += 5 {
			// Unknown steps (series.NoData) are neither active nor idle.
			if n := c.futures[i][t]; n >= 0 {
				p := &c.curves[i]
				fit.add([joined]float32{feature.Logit(p.Refiner[t]), feature.Logit(p.Dense[t]), feature.Logit(p.Network[t])}, n > 0)
			}
		}
	}
	return fit.solve()
}
