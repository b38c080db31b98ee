package forecast

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

// members are the states that the kernel is computed of: those at the supports, then
// the present one.
const members = supports + 1

// multiply sets products to x·y + 1 for each pair of states of a sequence; the 1 stands
// for the bias of the head. It adds up one cell after the other for all pairs at once.
func (a *adapter) multiply(sequence int) {
	for s := range members {
		h := a.now[sequence*a.hidden:][:a.hidden]
		if s < supports {
			h = a.state(s, sequence)
		}
		for i, v := range h {
			a.byCell[i*members+s] = v
		}
	}
	for i := range a.products {
		a.products[i] = 1
	}
	sum := blas32.General{Rows: members, Cols: members, Stride: members, Data: a.products}
	for i := range a.hidden {
		cell := blas32.Vector{N: members, Inc: 1, Data: a.byCell[i*members : (i+1)*members]}
		blas32.Ger(1, cell, cell, sum)
	}
}

// solve sets the weights of the supports from first on for the present state:
//
//	(K + ridge·I)·weight = k
//
// It is written out, as it runs once per window on a matrix of about twenty rows and
// must not allocate.
func (a *adapter) solve(first int, ridge float64) {
	a.begin(first, ridge)
	a.factorise(first)
	a.substitute(first)
}

// factorise replaces K + ridge·I by its Cholesky factor L, and k, the last row, by
// z = L⁻¹·k. Each column is subtracted from all that follow before the next one
// begins, so that no subtraction waits for another.
func (a *adapter) factorise(first int) {
	var column [members]float64
	for k := first; k < supports; k++ {
		pivot := math.Sqrt(max(a.factor[k][k], 1e-9))
		a.factor[k][k] = pivot
		for i := k + 1; i < members; i++ {
			row := &a.factor[i]
			v := row[k] / pivot
			row[k], column[i] = v, v
			for j := k + 1; j <= i; j++ {
				row[j] -= v * column[j]
			}
		}
	}
}

// substitute sets the weights to the solution of Lᵀ·weight = z, from the last support
// back.
func (a *adapter) substitute(first int) {
	for i := supports - 1; i >= first; i-- {
		v := a.factor[supports][i]
		for k := i + 1; k < supports; k++ {
			v -= a.factor[k][i] * a.weight[k]
		}
		a.weight[i] = v / a.factor[i][i]
	}
}

// begin sets the factor to K + ridge·I from support first on, and its last row to k.
func (a *adapter) begin(first int, ridge float64) {
	for i := first; i < members; i++ {
		for j := first; j <= i; j++ {
			a.factor[i][j] = float64(a.products[i*members+j])
		}
		a.factor[i][i] += ridge
	}
}
