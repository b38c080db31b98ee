package forest_test

import (
	"fmt"
	"math/rand/v2"

	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
)

// Example learns a step: y is 10 up to x = 3, and 20 above. One tree on all rows
// (Sample -1) finds the step between 3 and 4 exactly. A forest survives its
// section of a model file.
func Example() {
	x := []float32{1, 2, 3, 4, 5, 6}
	y := []float32{10, 10, 10, 20, 20, 20}
	f, err := forest.TrainRegressor(forest.Config{Trees: 1, Sample: -1}, x, 1, y, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := forest.Decode(modelfile.NewDecoder("step", forest.Encode(f)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Predict(make([]float32, 4), []float32{0, 3.4, 3.6, 100}))
	fmt.Println(again.Nodes(), "nodes")
	// Output:
	// [10 10 20 20]
	// 3 nodes
}
