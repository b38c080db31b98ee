// Package adam is the Adam optimiser for the parameters of networks, and clipping
// of their gradients.
package adam

import "math"

// Float is the element type of parameters and gradients.
type Float interface{ float32 | float64 }

// Adam updates parameters by running means of the gradient (M) and of its square
// (V), which start at 0 and are corrected for that. With t the number of updates:
//
//	m = β1·m + (1-β1)·g,  v = β2·v + (1-β2)·g²
//	p = p - rate · m/(1-β1^t) / (sqrt(v/(1-β2^t)) + ε)
//
// The fields are exported so that a training can be saved and resumed.
//
// Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
type Adam[T Float] struct {
	Beta1, Beta2, Epsilon float64
	Updates               int // so far
	M, V                  []T
}

// New returns the optimiser for size parameters with β1 0.9, β2 0.999 and
// ε 1e-8.
func New[T Float](size int) *Adam[T] {
	return &Adam[T]{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, M: make([]T, size), V: make([]T, size)}
}

// Update moves params by one step of the given rate against grad. It panics if
// a length differs from the optimiser's.
func (a *Adam[T]) Update(params, grad []T, rate float64) {
	if len(params) != len(a.M) || len(grad) != len(a.M) {
		panic("adam: gradient length mismatch")
	}
	a.Updates++
	t := float64(a.Updates)
	bias1, bias2 := 1-math.Pow(a.Beta1, t), 1-math.Pow(a.Beta2, t)
	for i, g64 := range grad {
		g := float64(g64)
		m := a.Beta1*float64(a.M[i]) + (1-a.Beta1)*g
		v := a.Beta2*float64(a.V[i]) + (1-a.Beta2)*g*g
		a.M[i], a.V[i] = T(m), T(v)
		params[i] -= T(rate * (m / bias1) / (math.Sqrt(v/bias2) + a.Epsilon))
	}
}

// Clip scales grad down to the Euclidean norm limit if its norm is larger. It
// returns the norm before.
func Clip[T Float](grad []T, limit float64) float64 {
	var sum float64
	for _, g := range grad {
		sum += float64(g) * float64(g)
	}
	norm := math.Sqrt(sum)
	if norm > limit {
		for i := range grad {
			grad[i] *= T(limit / norm)
		}
	}
	return norm
}
