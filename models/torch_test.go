package models_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
)

// batch is the number of functions that a forecast puts into one matrix product.
const batch = 32

// BenchmarkNetworkAgainstTorch runs the network alone over the windows of 256
// functions, on one core, here and in PyTorch. x-torch is the processor time here
// as a multiple of that in PyTorch, the least of each; below 1 is faster.
func BenchmarkNetworkAgainstTorch(b *testing.B) {
	const n = 256
	network := shippedNetwork(b)
	x := encoded(functions(n, feature.Steps))
	torch := runTorch(b, network, x, n)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	ws, out := lstm.NewWorkspace[float32](network.Shape, batch), make([]float32, n*network.Outputs)
	best := math.Inf(1)
	for b.Loop() {
		begin := processorTime(b)
		runNetwork(network, ws, out, x, n)
		best = min(best, float64((processorTime(b)-begin).Nanoseconds())/1e3/n)
	}
	for i, want := range torch.Outputs {
		if d := math.Abs(float64(out[i]) - want); d > 1e-3 {
			b.Fatalf("output %d is %v, PyTorch has %v", i, out[i], want)
		}
	}
	b.ReportMetric(best, "µs/function")
	b.ReportMetric(torch.Microseconds, "torch-µs/function")
	b.ReportMetric(best/torch.Microseconds, "x-torch")
}

// shippedNetwork returns the network within the model file.
func shippedNetwork(b *testing.B) *lstm.Network[float32] {
	b.Helper()
	file, err := os.ReadFile("forecast.bin")
	if err != nil {
		b.Fatal(err)
	}
	network, err := lstm.Decode(section(b, file, "network"))
	if err != nil {
		b.Fatal(err)
	}
	return network
}

// encoded returns the network's input, slots×functions×inputs.
func encoded(windows []event.FunctionWindow) []float32 {
	const slots, inputs = feature.Segments, feature.Inputs
	x, one := make([]float32, slots*len(windows)*inputs), make([]float32, slots*inputs)
	for i, w := range windows {
		feature.Encode(one, w.Counts, feature.Phase(w.Start, w.StepSeconds))
		for slot := range slots {
			copy(x[(slot*len(windows)+i)*inputs:], one[slot*inputs:(slot+1)*inputs])
		}
	}
	return x
}

// runNetwork writes the outputs of n sequences, n×Outputs, in batches.
func runNetwork(network *lstm.Network[float32], ws *lstm.Workspace[float32], out, x []float32, n int) {
	for from := 0; from < n; from += batch {
		ws.Start(batch)
		for slot := range feature.Segments {
			at := (slot*n + from) * network.Inputs
			network.Step(ws, x[at:at+batch*network.Inputs])
		}
		network.Head(out[from*network.Outputs:(from+batch)*network.Outputs], ws)
	}
}

type torchResult struct {
	Microseconds float64
	Batch        int
	Outputs      []float64
}

// runTorch runs testdata/network.py with the python3 of the system. It skips the
// benchmark if that has no PyTorch (Debian: python3-torch, and libopenblas0 for a
// fast BLAS). PREWARM_PYTHON names another interpreter.
func runTorch(b *testing.B, network *lstm.Network[float32], x []float32, n int) torchResult {
	b.Helper()
	python := os.Getenv("PREWARM_PYTHON")
	if python == "" {
		python = "/usr/bin/python3"
	}
	if err := exec.Command(python, "-c", "import torch").Run(); err != nil {
		b.Skipf("no PyTorch to compare with: %s -c 'import torch': %v", python, err)
	}
	var input bytes.Buffer
	for _, v := range []int{network.Inputs, network.Hidden, network.Outputs, feature.Segments, n} {
		input.Write(binary.LittleEndian.AppendUint32(nil, uint32(v)))
	}
	for _, v := range slices.Concat(network.Params(), x) {
		input.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
	cmd := exec.Command(python, "testdata/network.py")
	cmd.Stdin, cmd.Stderr = &input, os.Stderr
	cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
	raw, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	var result torchResult
	if err := json.Unmarshal(raw, &result); err != nil {
		b.Fatal(err)
	}
	b.Logf("PyTorch: %.1f µs per function in batches of %d", result.Microseconds, result.Batch)
	return result
}
