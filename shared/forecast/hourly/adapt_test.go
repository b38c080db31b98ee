package hourly

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Support by support, the head learns what ridge regression over all of them
// gives in one solution of the normal equations.
func TestTheHeadLearnsTheRidgeRegression(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const hidden, supports, ridge = 4, 9, 2.5
	a := newRidgeHead(hidden)
	a.reset(ridge)
	gram, right := mat.NewSymDense(hidden+1, nil), mat.NewVecDense(hidden+1, nil)
	for i := range hidden + 1 {
		gram.SetSym(i, i, ridge)
	}
	for range supports {
		state, full := make([]float32, hidden), mat.NewVecDense(hidden+1, nil)
		for i := range state {
			state[i] = float32(rng.NormFloat64())
			full.SetVec(i, float64(state[i]))
		}
		full.SetVec(hidden, 1)
		residual := rng.NormFloat64()
		a.learn(state, residual)
		gram.SymRankOne(gram, 1, full)
		right.AddScaledVec(right, residual, full)
	}
	var want mat.VecDense
	if err := want.SolveVec(gram, right); err != nil {
		t.Fatal(err)
	}
	for i, w := range a.w {
		if math.Abs(w-want.AtVec(i)) > 1e-9 {
			t.Errorf("weight %d is %v, want %v", i, w, want.AtVec(i))
		}
	}
}

func TestWithoutSupportsNothingIsAdded(t *testing.T) {
	a := newRidgeHead(3)
	a.reset(1)
	if v := a.correction([]float32{1, 2, 3}); v != 0 {
		t.Errorf("got %v", v)
	}
	a.learn([]float32{1, 2, 3}, 5)
	if v := a.correction([]float32{1, 2, 3}); !(v > 0 && v < 5) {
		t.Errorf("a support that was 5 too low shifts the same state by %v", v)
	}
	if a.reset(1); a.correction([]float32{1, 2, 3}) != 0 {
		t.Error("a reset head remembers")
	}
}
