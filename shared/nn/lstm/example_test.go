package lstm_test

import (
	"fmt"

	"prewarm/shared/nn/lstm"
)

// Example runs a network of one cell for two steps. All weights are 0 except that
// of the input to the candidate g, so that every gate is σ(0) = 0.5 and g is
// tanh(1) = 0.762:
//
//	c1 = 0.5·0.762 = 0.381               h1 = 0.5·tanh(0.381) = 0.182
//	c2 = 0.5·0.381 + 0.5·0.762 = 0.571   h2 = 0.5·tanh(0.571) = 0.258
//
// The head doubles the hidden state and adds 1.
func Example() {
	n := lstm.FromParams(lstm.Shape{Inputs: 1, Hidden: 1, Outputs: 1}, []float64{
		0, 0, 1, 0, // W: from the input to i, f, g, o
		0, 0, 0, 0, // W: from the hidden state
		0, 0, 0, 0, // b
		2, 1, // V and d
	})
	ws := lstm.NewWorkspace[float64](n.Shape, 1)
	ws.Start(1)
	for range 2 {
		n.Step(ws, []float64{1})
		h, c := ws.State(0)
		fmt.Printf("c %.3f, h %.3f, output %.3f\n", c[0], h[0], n.Head(make([]float64, 1), ws)[0])
	}
	// Output:
	// c 0.381, h 0.182, output 1.363
	// c 0.571, h 0.258, output 1.516
}
