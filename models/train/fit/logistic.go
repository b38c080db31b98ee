package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"prewarm/shared/forecast"
)

// joined is the number of logits that are joined: those of the refiner, of the
// dense network and of the LSTM.
const joined = 3

// logistic is a logistic regression of activity on these logits and a bias. It
// corrects the bias of the parts and the sharpness of their probabilities at once.
//
// Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999, with
// three inputs in place of one.
type logistic struct {
	logits [][joined]float32
	active []bool
}

// add appends one case: the logits of the parts and whether the step was active.
func (l *logistic) add(logits [joined]float32, active bool) {
	l.logits, l.active = append(l.logits, logits), append(l.active, active)
}

// ridge is the factor of the quadratic penalty that pulls the coefficients towards
// those of the refiner alone, which few cases should not move.
const ridge = 5

// solve minimises the cross-entropy by Newton's method from the refiner alone.
func (l *logistic) solve() forecast.Stack {
	prior := [joined + 1]float64{1}
	w := prior
	// The penalised cross-entropy is strictly convex, so Newton's method has one
	// place to converge to and takes a few iterations. 25 bounds them.
	for range 25 {
		step, ok := l.newtonStep(w, prior)
		if !ok {
			break
		}
		for i := range w {
			w[i] -= step.AtVec(i)
		}
		if mat.Norm(step, 2) < 1e-8 {
			break
		}
	}
	return forecast.Stack{Refiner: float32(w[0]), Dense: float32(w[1]), Network: float32(w[2]), Bias: float32(w[3])}
}

// newtonStep returns Hessian⁻¹·gradient of the penalised cross-entropy at w. The ridge
// makes the Hessian positive definite: there is a step unless a logit is not finite.
func (l *logistic) newtonStep(w, prior [joined + 1]float64) (*mat.VecDense, bool) {
	grad, hessian := mat.NewVecDense(len(w), nil), mat.NewSymDense(len(w), nil)
	for i := range w {
		grad.SetVec(i, ridge*(w[i]-prior[i]))
		hessian.SetSym(i, i, ridge)
	}
	l.accumulate(w, grad, hessian)
	var chol mat.Cholesky
	var step mat.VecDense
	ok := chol.Factorize(hessian) && chol.SolveVecTo(&step, grad) == nil
	return &step, ok
}

// accumulate adds gradient and Hessian of the cross-entropy at w.
func (l *logistic) accumulate(w [joined + 1]float64, grad *mat.VecDense, hessian *mat.SymDense) {
	var g [joined + 1]float64
	var h [joined + 1][joined + 1]float64
	for n := range l.logits {
		x, p, d := l.at(n, w)
		for i := range x {
			g[i] += d * x[i]
			for j := i; j < len(x); j++ {
				// The upper triangle only: SymDense mirrors it.
				h[i][j] += p * (1 - p) * x[i] * x[j]
			}
		}
	}
	for i := range g {
		grad.SetVec(i, grad.AtVec(i)+g[i])
		for j := i; j < len(g); j++ {
			hessian.SetSym(i, j, hessian.At(i, j)+h[i][j])
		}
	}
}

// at returns the inputs of case n, the probability under the coefficients w, and
// how far it is above the observed 0 or 1.
func (l *logistic) at(n int, w [joined + 1]float64) (x [joined + 1]float64, p, d float64) {
	x[joined] = 1
	for i, v := range l.logits[n] {
		x[i] = float64(v)
	}
	z := 0.0
	for i, v := range x {
		z += w[i] * v
	}
	p = 1 / (1 + math.Exp(-z))
	if l.active[n] {
		return x, p, p - 1
	}
	return x, p, p
}
