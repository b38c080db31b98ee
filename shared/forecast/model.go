// Package forecast predicts the calls of a function in the next feature.Horizons
// steps from its window: the probability of a call in each step, the quantiles of
// the replicas that it needs, and the cold starts that a plain keep-alive would see.
//
// A forecast is made in six steps:
//
//  1. Encode (package feature) turns the last three hours into one vector per
//     segment: single steps for the last half hour, chunks of five steps before.
//  2. An LSTM reads the vectors. Its head predicts the logit of a call per horizon,
//     and quantiles of the count at four of them (quantile.go). Steps before the
//     first call are not read, as their states are known (zeroprefix.go).
//  3. The head is adapted to the function by what it got wrong at earlier steps of
//     the same window, by ridge regression in closed form (Adaptation).
//  4. Two refiners predict the same logit from rows of package feature: boosted
//     trees and a dense network. A row holds the LSTM's probability beside gaps,
//     renewal probability, periods, contexts and paces of up to a day.
//  5. The stack joins LSTM and refiners by a logistic regression. It was fitted on
//     functions that none of them was trained on, which calibrates the result: of
//     the steps with a forecast of 0.2, about one in five is active.
//  6. From the joined probability and the load, a further forest predicts how likely
//     it is that more than so many replicas are needed, which gives the quantiles of
//     the need (need.go). One more predicts the cold starts (coldstart.go).
//
// The pipeline itself is in batch.go; predictor.go is its entry. Package
// models/train/fit trains the parts by the same steps, for which a Reader makes the
// rows: fit imports forecast, and forecast imports feature. Package hourly has a
// smaller model that predicts the cold starts of an hour only.
//
// Limits: at least MinKnown known steps are needed, otherwise the error is
// ErrNoData. Models are trained on steps of a minute. Nothing but calls and their
// durations is read, so that a change without a trace in the last day cannot be
// foreseen.
package forecast

import (
	"fmt"
	"math"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
)

// Model holds the trained parts of a Predictor.
type Model struct {
	Network *lstm.Network[float32]  // feature.Inputs to Outputs
	Adapt   Adaptation              // of the network to each function
	Pooled  feature.GapDistribution // gaps of the functions trained on
	Refiner *forest.Forest          // rows of feature.Columns to the logit of a call
	Dense   *dense.Network          // what feature.DenseRows writes to the logit of a call
	Stack   Stack                   // of refiner, dense network and network
	Need    *forest.Forest          // rows of feature.VolumeColumns to the logit of more calls than a threshold
	Cold    *forest.Forest          // rows of ColdColumns to the cold starts of the next hour
}

// Stack joins the probabilities of refiner, dense network and LSTM to that of the
// forecast, by a logistic regression:
//
//	logit p = Refiner·logit(refiner) + Dense·logit(dense) + Network·logit(network) + Bias
//
// Source: Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
type Stack struct{ Refiner, Dense, Network, Bias float32 }

// Apply returns the probability of the forecast, between 1e-4 and 1-1e-4, for the
// logits of the parts. It bounds these as feature.Logit does.
func (s Stack) Apply(refiner, dense, network float32) float32 {
	z := s.Refiner*feature.ClampLogit(refiner) + s.Dense*feature.ClampLogit(dense) + s.Network*feature.ClampLogit(network) + s.Bias
	return float32(min(max(1/(1+math.Exp(-float64(z))), 1e-4), 1-1e-4))
}

// coefficients returns the numbers of stack and adaptation.
func (m *Model) coefficients() [6]float32 {
	return [6]float32{m.Stack.Refiner, m.Stack.Dense, m.Stack.Network, m.Stack.Bias, m.Adapt.Gain, m.Adapt.Ridge}
}

// check returns an error if a number is out of bounds or if the shapes of the parts
// do not fit together.
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

// NetworkShape returns the shape of an LSTM with the given number of cells.
func NetworkShape(hidden int) lstm.Shape {
	return lstm.Shape{Inputs: feature.Inputs, Hidden: hidden, Outputs: Outputs}
}

// DenseShape returns the shape of a dense network with the given number of units.
func DenseShape(hidden int) dense.Shape {
	return dense.Shape{Varying: feature.VaryingColumns, Shared: feature.SharedColumns, Hidden: hidden}
}

// checkShapes returns an error if a part does not have the inputs and outputs that
// its use needs.
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
