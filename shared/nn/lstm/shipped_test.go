package lstm_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"prewarm/shared/nn/lstm"
)

// shipped is testdata/shipped.json, made by testdata/shipped.py: a network of
// the shipped shape on sequences of different lengths.
type shipped struct {
	Inputs, Hidden, Outputs int
	Lengths                 []int // descending
	Y                       []float64
	Norm, Projection        [4]float64 // of the gradient by W, b, V, d
}

func readShipped(t *testing.T) shipped {
	t.Helper()
	raw, err := os.ReadFile("testdata/shipped.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref shipped
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

func (s shipped) shape() lstm.Shape {
	return lstm.Shape{Inputs: s.Inputs, Hidden: s.Hidden, Outputs: s.Outputs}
}

// wave returns scale·sin(pitch·k) for k below n.
func wave(scale, pitch float64, n int) []float64 {
	out := make([]float64, n)
	for k := range out {
		out[k] = scale * math.Sin(pitch*float64(k))
	}
	return out
}

func (s shipped) params() []float64 { return wave(0.4, 12.9898, s.shape().Size()) }

func (s shipped) x() []float64 { return wave(2, 4.1414, s.Lengths[0]*len(s.Lengths)*s.Inputs) }

// readouts returns the last steps of the sequences, ascending: that of
// sequence i is the i-th from the end.
func (s shipped) readouts() []int {
	var steps []int
	for i := range s.Lengths {
		steps = append(steps, s.Lengths[len(s.Lengths)-1-i]-1)
	}
	return steps
}

// blocks names W, b, V and d and where each ends within the parameters.
func blocks(s lstm.Shape) (names [4]string, ends [4]int) {
	w := (s.Inputs + s.Hidden) * 4 * s.Hidden
	v := w + 4*s.Hidden + s.Hidden*s.Outputs
	return [4]string{"W", "b", "V", "d"}, [4]int{w, w + 4*s.Hidden, v, v + s.Outputs}
}

// Sequences of 60, 41, 8 and 1 steps in one batch end, each at its own step,
// with the outputs of PyTorch, and give its gradient in every block.
func TestTheShippedShapeEqualsPyTorch(t *testing.T) {
	ref := readShipped(t)
	shape, batch := ref.shape(), len(ref.Lengths)
	n := lstm.FromParams(shape, ref.params())
	tape := lstm.NewTape[float64](shape, ref.Lengths[0], batch, ref.readouts())
	y := n.Forward(tape, ref.x())
	dOut := make([]float64, len(y))
	for r := range batch {
		at := ((batch-1-r)*batch + r) * shape.Outputs // of the readout of sequence r
		for k, want := range ref.Y[r*shape.Outputs : (r+1)*shape.Outputs] {
			if dOut[at+k] = y[at+k]; math.Abs(y[at+k]-want) > 1e-12 {
				t.Fatalf("sequence %d output %d is %v, PyTorch has %v", r, k, y[at+k], want)
			}
		}
	}
	grad := make([]float64, shape.Size())
	n.Backward(tape, dOut, grad)
	names, ends := blocks(shape)
	from := 0
	for i, end := range ends {
		var squares, projection float64
		for k, g := range grad[from:end] {
			squares += g * g
			projection += g * math.Sin(float64(k+1))
		}
		if norm := math.Sqrt(squares); math.Abs(norm-ref.Norm[i]) > 1e-11*norm || math.Abs(projection-ref.Projection[i]) > 1e-11*norm {
			t.Errorf("gradient by %s: norm %v and projection %v, PyTorch has %v and %v", names[i], norm, projection, ref.Norm[i], ref.Projection[i])
		}
		from = end
	}
}

func TestInferenceInTheShippedShapeEqualsPyTorch(t *testing.T) {
	ref := readShipped(t)
	shape, batch := ref.shape(), len(ref.Lengths)
	n, ws := lstm.FromParams(shape, narrow(ref.params())), lstm.NewWorkspace[float32](shape, batch)
	ws.Start(batch)
	x, out := narrow(ref.x()), make([]float32, batch*shape.Outputs)
	width, worst := batch*shape.Inputs, 0.0
	for step := range ref.Lengths[0] {
		n.Step(ws, x[step*width:(step+1)*width])
		for r, length := range ref.Lengths {
			if length != step+1 {
				continue
			}
			n.Head(out, ws)
			for k := range shape.Outputs {
				worst = max(worst, math.Abs(float64(out[r*shape.Outputs+k])-ref.Y[r*shape.Outputs+k]))
			}
		}
	}
	if worst > 5e-5 {
		t.Errorf("an output is off by %v", worst)
	}
	t.Logf("off by %.2g at most", worst)
}

// In every block of the shipped shape, every 17th parameter's gradient equals
// the central finite difference, and the differences together stay within 1e-6
// of the block's norm.
func TestGradientOfTheShippedShapeEqualsFiniteDifferences(t *testing.T) {
	ref := readShipped(t)
	shape := ref.shape()
	const steps, batch = 12, 2
	n := lstm.FromParams(shape, ref.params())
	tape := lstm.NewTape[float64](shape, steps, batch, []int{3, steps - 1})
	x := wave(2, 4.1414, steps*batch*shape.Inputs)
	dOut, grad := make([]float64, 2*batch*shape.Outputs), make([]float64, shape.Size())
	weightedLoss(n.Forward(tape, x), dOut)
	n.Backward(tape, dOut, grad)
	names, ends := blocks(shape)
	from := 0
	for b, end := range ends {
		var off, norm float64
		for i := from + b; i < end; i += 17 {
			numeric := finiteDifference(n, tape, x, i)
			off += (numeric - grad[i]) * (numeric - grad[i])
			norm += numeric * numeric
			if math.Abs(numeric-grad[i]) > 1e-6*max(math.Abs(numeric), 1e-3) {
				t.Errorf("%s, parameter %d: finite differences give %v, Backward %v", names[b], i, numeric, grad[i])
			}
		}
		if relative := math.Sqrt(off / norm); !(relative < 1e-6) {
			t.Errorf("%s: off by %v of the norm", names[b], relative)
		}
		from = end
	}
}

// finiteDifference returns the central difference of weightedLoss by parameter i.
func finiteDifference(n *lstm.Network[float64], tape *lstm.Tape[float64], x []float64, i int) float64 {
	p := n.Params()[i]
	h := 1e-5 * max(1, math.Abs(p))
	at := func(v float64) float64 {
		n.Params()[i] = v
		y := n.Forward(tape, x)
		return weightedLoss(y, make([]float64, len(y)))
	}
	defer func() { n.Params()[i] = p }()
	return (at(p+h) - at(p-h)) / (2 * h)
}
