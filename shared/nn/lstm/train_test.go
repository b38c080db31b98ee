package lstm_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"prewarm/shared/nn/adam"
	"prewarm/shared/nn/lstm"
)

// reference is testdata/pytorch.json, made by testdata/reference.py.
type reference struct {
	Inputs, Hidden, Outputs, Steps, Batch int
	Params, X, Y, Grad                    []float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

func everyStep(steps int) []int {
	all := make([]int, steps)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestForwardAndBackwardEqualPyTorch(t *testing.T) {
	ref := readReference(t)
	shape := lstm.Shape{Inputs: ref.Inputs, Hidden: ref.Hidden, Outputs: ref.Outputs}
	n := lstm.FromParams(shape, ref.Params)
	tape := lstm.NewTape[float64](shape, ref.Steps, ref.Batch, everyStep(ref.Steps))
	y := n.Forward(tape, ref.X)
	for i, want := range ref.Y {
		if math.Abs(y[i]-want) > 1e-12 {
			t.Fatalf("output %d is %v, PyTorch has %v", i, y[i], want)
		}
	}
	grad := make([]float64, shape.Size())
	n.Backward(tape, y, grad)
	for i, want := range ref.Grad {
		if math.Abs(grad[i]-want) > 1e-11*(1+math.Abs(want)) {
			t.Fatalf("gradient %d is %v, PyTorch has %v", i, grad[i], want)
		}
	}
}

func TestInferenceInFloat32EqualsPyTorch(t *testing.T) {
	ref := readReference(t)
	shape := lstm.Shape{Inputs: ref.Inputs, Hidden: ref.Hidden, Outputs: ref.Outputs}
	n := lstm.FromParams(shape, narrow(ref.Params))
	ws := lstm.NewWorkspace[float32](shape, ref.Batch)
	ws.Start(ref.Batch)
	x, out := narrow(ref.X), make([]float32, ref.Batch*shape.Outputs)
	for step := range ref.Steps {
		width := ref.Batch * shape.Inputs
		n.Step(ws, x[step*width:(step+1)*width])
		for i, got := range n.Head(out, ws) {
			if want := ref.Y[step*len(out)+i]; math.Abs(float64(got)-want) > 5e-5 {
				t.Errorf("step %d output %d is %v, PyTorch has %v", step, i, got, want)
			}
		}
	}
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		out[i] = float32(v[i])
	}
	return out
}

// weightedLoss is a loss with another weight for every output of every readout.
func weightedLoss(y, dOut []float64) float64 {
	var sum float64
	for i, v := range y {
		weight := math.Sin(float64(i) + 1)
		sum += weight * v * v / 2
		dOut[i] = weight * v
	}
	return sum
}

// Backward equals central finite differences to 1e-6 relative in every
// parameter, with readouts in the middle and at the end of the sequence.
func TestGradientEqualsFiniteDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	shape := lstm.Shape{Inputs: 3, Hidden: 4, Outputs: 3}
	const steps, batch = 9, 2
	n := lstm.New[float64](shape, rng)
	tape := lstm.NewTape[float64](shape, steps, batch, []int{2, 5, 8})
	x := make([]float64, steps*batch*shape.Inputs)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	dOut, grad := make([]float64, 3*batch*shape.Outputs), make([]float64, shape.Size())
	weightedLoss(n.Forward(tape, x), dOut)
	n.Backward(tape, dOut, grad)
	for i := range n.Params() {
		numeric := finiteDifference(n, tape, x, i)
		if diff := math.Abs(numeric - grad[i]); diff > 1e-6*max(math.Abs(numeric), 1e-3) {
			t.Errorf("parameter %d: finite differences give %v, Backward %v", i, numeric, grad[i])
		}
	}
}

func TestBackwardAddsToTheGradient(t *testing.T) {
	ref := readReference(t)
	shape := lstm.Shape{Inputs: ref.Inputs, Hidden: ref.Hidden, Outputs: ref.Outputs}
	n := lstm.FromParams(shape, ref.Params)
	tape := lstm.NewTape[float64](shape, ref.Steps, ref.Batch, everyStep(ref.Steps))
	grad := make([]float64, shape.Size())
	for range 2 {
		n.Backward(tape, n.Forward(tape, ref.X), grad)
	}
	for i, want := range ref.Grad {
		if math.Abs(grad[i]-2*want) > 1e-10*(1+math.Abs(want)) {
			t.Fatalf("gradient %d is %v after two passes, want twice %v", i, grad[i], want)
		}
	}
}

// The network must remember the first input over twelve steps of zeros.
func TestTrainingLearnsToRemember(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	shape := lstm.Shape{Inputs: 1, Hidden: 8, Outputs: 1}
	const steps, batch = 12, 32
	n := lstm.New[float32](shape, rng)
	tape, optimiser := lstm.NewTape[float32](shape, steps, batch, []int{steps - 1}), adam.New[float32](shape.Size())
	var loss float64
	for range 300 {
		x, grad := make([]float32, steps*batch), make([]float32, shape.Size())
		for r := range batch {
			x[r] = float32(rng.IntN(2)*2 - 1)
		}
		out := n.Forward(tape, x)
		dOut := make([]float32, batch)
		loss = 0
		for r := range batch {
			dOut[r] = (out[r] - x[r]) / batch
			loss += float64(out[r]-x[r]) * float64(out[r]-x[r]) / batch
		}
		n.Backward(tape, dOut, grad)
		adam.Clip(grad, 1)
		optimiser.Update(n.Params(), grad, 0.02)
	}
	if loss > 0.01 {
		t.Errorf("mean squared error is %v after 300 updates", loss)
	}
}
