package lstm_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"prewarm/shared/nn/adam"
	"prewarm/shared/nn/lstm"
)

func random(n int, rng *rand.Rand) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

// Sequences of a batch are independent: each row of a batched run equals the run of
// that sequence alone.
func TestABatchEqualsItsSequences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	shape := lstm.Shape{Inputs: 4, Hidden: 6, Outputs: 3}
	n := lstm.New[float32](shape, rng)
	const batch, steps = 5, 20
	x := random(steps*batch*shape.Inputs, rng)
	together := lstm.NewWorkspace[float32](shape, batch)
	together.Start(batch)
	for s := range steps {
		n.Step(together, x[s*batch*4:(s+1)*batch*4])
	}
	want := n.Head(make([]float32, batch*3), together)
	alone := lstm.NewWorkspace[float32](shape, 1)
	for r := range batch {
		alone.Start(1)
		for s := range steps {
			n.Step(alone, x[(s*batch+r)*4:(s*batch+r+1)*4])
		}
		for k, got := range n.Head(make([]float32, 3), alone) {
			if d := got - want[r*3+k]; d > 1e-5 || d < -1e-5 {
				t.Errorf("sequence %d output %d: alone %v, in the batch %v", r, k, got, want[r*3+k])
			}
		}
	}
}

// Logits of stored states equal the outputs of Head for these states.
func TestLogitsOfKeptStatesAreTheHead(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	shape := lstm.Shape{Inputs: 2, Hidden: 3, Outputs: 4}
	n := lstm.New[float32](shape, rng)
	ws := lstm.NewWorkspace[float32](shape, 2)
	n.Step(ws, random(4, rng))
	states, head := make([]float32, 6), n.Head(make([]float32, 8), ws)
	ws.HiddenTo(states)
	some := n.Logits(make([]float32, 6), states, 2, 3)
	for i, v := range some {
		if want := head[i/3*4+i%3]; math.Abs(float64(v-want)) > 1e-6 {
			t.Errorf("state %d, output %d: got %v, the head has %v", i/3, i%3, v, want)
		}
	}
}

func TestSigmoidIsWithinItsBound(t *testing.T) {
	for x := -20.0; x < 20; x += 0.01 {
		want := 1 / (1 + math.Exp(-x))
		if got := float64(lstm.Sigmoid(float32(x))); math.Abs(got-want) > lstm.MaxActivationError {
			t.Fatalf("at %v: %v, want %v", x, got, want)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	shape := lstm.Shape{Inputs: 8, Hidden: 32, Outputs: 80}
	n, ws := lstm.New[float32](shape, rng), lstm.NewWorkspace[float32](shape, 64)
	x, out := random(64*8, rng), make([]float32, 64*80)
	ws.Start(64)
	if allocs := testing.AllocsPerRun(20, func() { n.Step(ws, x); n.Head(out, ws) }); allocs != 0 {
		t.Errorf("a step allocates %v times", allocs)
	}
}

func TestAWrongLengthIsTheCallersBug(t *testing.T) {
	shape := lstm.Shape{Inputs: 2, Hidden: 3, Outputs: 1}
	n := lstm.New[float32](shape, rand.New(rand.NewPCG(1, 2)))
	ws := lstm.NewWorkspace[float32](shape, 2)
	for name, call := range map[string]func(){
		"short input":     func() { n.Step(ws, make([]float32, 3)) },
		"batch too large": func() { ws.Start(3) },
		"readout beyond":  func() { lstm.NewTape[float32](shape, 4, 1, []int{4}) },
		"no room":         func() { lstm.NewWorkspace[float32](shape, 0) },
		"wrong params":    func() { lstm.FromParams(shape, make([]float32, 3)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

// BenchmarkWindow runs 180 steps over a batch; ns/sequence is the cost of one
// function.
func BenchmarkWindow(b *testing.B) {
	for _, hidden := range []int{24, 32} {
		b.Run(fmt.Sprint(hidden), func(b *testing.B) {
			const batch, steps = 64, 180
			rng := rand.New(rand.NewPCG(1, 2))
			shape := lstm.Shape{Inputs: 8, Hidden: hidden, Outputs: 80}
			n, ws := lstm.New[float32](shape, rng), lstm.NewWorkspace[float32](shape, batch)
			x, out := random(batch*8, rng), make([]float32, batch*80)
			b.ReportAllocs()
			for b.Loop() {
				ws.Start(batch)
				for range steps {
					n.Step(ws, x)
				}
				n.Head(out, ws)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/sequence")
		})
	}
}

func BenchmarkTraining(b *testing.B) {
	const batch, steps = 32, 180
	rng := rand.New(rand.NewPCG(1, 2))
	shape := lstm.Shape{Inputs: 8, Hidden: 32, Outputs: 80}
	n := lstm.New[float32](shape, rng)
	tape := lstm.NewTape[float32](shape, steps, batch, []int{30, 60, 90, 120, 150, 179})
	x, grad := random(steps*batch*8, rng), make([]float32, shape.Size())
	for b.Loop() {
		n.Backward(tape, n.Forward(tape, x), grad)
		adam.Clip(grad, 1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/sequence")
}
