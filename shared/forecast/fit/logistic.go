package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"prewarm/shared/forecast"
)

// logistic is a logistic regression of activity on two logits and a bias.
type logistic struct {
	refiner, network []float32
	active           []bool
}

func (l *logistic) add(refiner, network float32, active bool) {
	l.refiner, l.network, l.active = append(l.refiner, refiner), append(l.network, network), append(l.active, active)
}

// ridge pulls the coefficients towards the refiner alone with the weight of so
// many samples.
const ridge = 5

// solve minimises the cross-entropy by Newton's method from the refiner alone.
func (l *logistic) solve() forecast.Stack {
	prior := [3]float64{1, 0, 0}
	w := prior
	for range 25 {
		grad, hessian := mat.NewVecDense(3, nil), mat.NewSymDense(3, nil)
		for i := range w {
			grad.SetVec(i, ridge*(w[i]-prior[i]))
			hessian.SetSym(i, i, ridge)
		}
		l.accumulate(w, grad, hessian)
		var chol mat.Cholesky
		var step mat.VecDense
		if !chol.Factorize(hessian) || chol.SolveVecTo(&step, grad) != nil {
			break
		}
		for i := range w {
			w[i] -= step.AtVec(i)
		}
		if mat.Norm(&step, 2) < 1e-8 {
			break
		}
	}
	return forecast.Stack{Refiner: float32(w[0]), Network: float32(w[1]), Bias: float32(w[2])}
}

// accumulate adds gradient and Hessian of the cross-entropy at w.
func (l *logistic) accumulate(w [3]float64, grad *mat.VecDense, hessian *mat.SymDense) {
	var g [3]float64
	var h [3][3]float64
	for n, active := range l.active {
		x := [3]float64{float64(l.refiner[n]), float64(l.network[n]), 1}
		p := 1 / (1 + math.Exp(-(w[0]*x[0] + w[1]*x[1] + w[2])))
		d := p
		if active {
			d--
		}
		for i := range x {
			g[i] += d * x[i]
			for j := i; j < 3; j++ {
				h[i][j] += p * (1 - p) * x[i] * x[j]
			}
		}
	}
	for i := range g {
		grad.SetVec(i, grad.AtVec(i)+g[i])
		for j := i; j < 3; j++ {
			hessian.SetSym(i, j, hessian.At(i, j)+h[i][j])
		}
	}
}
