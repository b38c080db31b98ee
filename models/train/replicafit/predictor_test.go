package replicafit

import (
	"bytes"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

var update = flag.Bool("update", false, "write the replica model of the predictor's tests")

// TestTheModelOfThePredictorsTestsIsReproducible trains the replica model that the
// tests of functions/predictor read: each replica of hello.fn carries 20 calls per
// second, of 40 ms each. The file is kept there because training does not travel with
// the function. Write it again with -update.
func TestTheModelOfThePredictorsTestsIsReproducible(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the file was made on amd64; other processors fuse products and sums")
	}
	const path = "../../../functions/predictor/testdata/replicas.bin"
	var samples []loadtest.Sample
	for load := range 30 {
		rate := 4 + 3*float64(load)
		for ready := 1; ready <= 5; ready++ {
			wait := 0.04 * math.Max(1, rate/20/float64(ready))
			samples = append(samples, loadtest.Sample{
				X: capacity.Vector{rate, 28, 0, 64, 0.04, wait, wait, wait, 2 * wait}, Replicas: int(math.Ceil(rate / 20)), Ready: ready, Load: load,
			})
		}
	}
	m, err := Train(samples, Options{About: capacity.About{Name: "hello.fn", Objective: "p90 at most 0.15 s"}, Low: 0.25}, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := capacity.Save(&file, m); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, file.Bytes()) {
		t.Errorf("%s is not the model that training gives; write it again with -update", path)
	}
}
