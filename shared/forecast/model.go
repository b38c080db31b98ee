// Package forecast turns the last steps of a function into a forecast: when it
// will be called, how many replicas it will need, how many cold starts a plain
// keep-alive would see. An LSTM reads the steps and is adapted to the function
// in closed form; a forest of boosted trees and a dense network each refine its
// probabilities with gaps, contexts and paces of the calls; a logistic
// regression joins the three and makes the result mean what it says. Another
// forest states the need.
package forecast

import (
	"fmt"
	"math"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
)

// Model is the trained parts of a Predictor.
type Model struct {
	Network *lstm.Network[float32]  // feature.Inputs to Outputs
	Adapt   Adaptation              // of the network to each function
	Pooled  feature.GapDistribution // gaps of the functions trained on
	Refiner *forest.Forest          // rows of feature.Columns to the logit of a call
	Dense   *dense.Network          // what feature.DenseRows writes to the logit of a call
	Need    *forest.Forest          // rows of feature.VolumeColumns to the logit of more calls than a threshold
	Stack   Stack
	Cold    *forest.Forest // rows of ColdColumns to the cold starts of the next hour
}

// Stack turns what refiner, dense network and LSTM say into the forecast:
//
//	logit p = Refiner·logit(refiner) + Dense·logit(dense) + Network·logit(network) + Bias
type Stack struct{ Refiner, Dense, Network, Bias float32 }

// Apply takes logits, which it bounds as feature.Logit does, and returns the
// forecast's probability, between 1e-4 and 1-1e-4.
func (s Stack) Apply(refiner, dense, network float32) float32 {
	z := s.Refiner*feature.ClampLogit(refiner) + s.Dense*feature.ClampLogit(dense) + s.Network*feature.ClampLogit(network) + s.Bias
	return float32(min(max(1/(1+math.Exp(-float64(z))), 1e-4), 1-1e-4))
}

func (m *Model) coefficients() [6]float32 {
	return [6]float32{m.Stack.Refiner, m.Stack.Dense, m.Stack.Network, m.Stack.Bias, m.Adapt.Gain, m.Adapt.Ridge}
}

// check holds the parts against each other.
func (m *Model) check() error {
	for g, p := range m.Pooled {
		if !(p > 0 && p <= 1) {
			return fmt.Errorf("pooled share of gap %d must be above 0 and at most 1, was: %v", g, p)
		}
	}
	for _, v := range m.coefficients() {
		if !(math.Abs(float64(v)) <= 100) {
			return fmt.Errorf("stack and adaptation must be within ±100, were: %+v, %+v", m.Stack, m.Adapt)
		}
	}
	if m.Adapt.Ridge < 0 || m.Adapt.Gain != 0 && m.Adapt.Ridge == 0 {
		return fmt.Errorf("ridge of the adaptation must be above 0, was: %v", m.Adapt.Ridge)
	}
	return m.checkShapes()
}

// NetworkShape returns the shape of an LSTM with so many cells.
func NetworkShape(hidden int) lstm.Shape {
	return lstm.Shape{Inputs: feature.Inputs, Hidden: hidden, Outputs: Outputs}
}

// DenseShape returns the shape of a dense network with so many units.
func DenseShape(hidden int) dense.Shape {
	return dense.Shape{Varying: feature.VaryingColumns, Shared: feature.SharedColumns, Hidden: hidden}
}

// checkShapes holds the sizes of the parts against what they read and state.
func (m *Model) checkShapes() error {
	if want := NetworkShape(m.Network.Hidden); m.Network.Shape != want {
		return fmt.Errorf("network must have %d inputs and %d outputs, had: %d and %d", want.Inputs, want.Outputs, m.Network.Inputs, m.Network.Outputs)
	}
	if want := DenseShape(m.Dense.Hidden); m.Dense.Shape != want {
		return fmt.Errorf("dense network must have %d varying and %d shared inputs, had: %d and %d", want.Varying, want.Shared, m.Dense.Varying, m.Dense.Shared)
	}
	for _, f := range []struct {
		name     string
		forest   *forest.Forest
		features int
	}{{"refiner", m.Refiner, feature.Columns}, {"need", m.Need, feature.VolumeColumns}, {"cold", m.Cold, ColdColumns}} {
		if f.forest.Features() != f.features || f.forest.Outputs() != 1 {
			return fmt.Errorf("%s must have %d features and 1 output, had: %d and %d", f.name, f.features, f.forest.Features(), f.forest.Outputs())
		}
	}
	return nil
}
