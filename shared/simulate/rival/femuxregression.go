package rival

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// ridge is added to the diagonal of normal equations whose columns are of order 1. Lags of a
// timer depend on each other exactly; with so little the solution is that of least norm, which
// the released code takes, to about six decimals.
const ridge = 1e-8

// normal are the normal equations of a linear regression y = X b, as sums over its rows.
type normal struct {
	gram   []float64 // X'X, row by row; only the upper triangle counts
	moment []float64 // X'y
	square float64   // y'y
	factor []float64 // scratch: Cholesky factor of gram
	beta   []float64 // solution
}

// newNormal returns the equations of a regression with this number of terms, without rows.
func newNormal(terms int) *normal {
	return &normal{
		gram: make([]float64, terms*terms), moment: make([]float64, terms),
		factor: make([]float64, terms*terms), beta: make([]float64, terms),
	}
}

// add adds a row, or takes it away with a weight of -1.
func (n *normal) add(row []float64, y, weight float64) {
	k := len(n.moment)
	for i, v := range row {
		if v == 0 {
			continue // most lags of a sparse function
		}
		v *= weight
		n.moment[i] += v * y
		to := n.gram[i*k : i*k+k]
		for j := i; j < k; j++ {
			to[j] += v * row[j]
		}
	}
	n.square += weight * y * y
}

// copyFrom makes n the equations of o, of the same number of terms.
func (n *normal) copyFrom(o *normal) {
	copy(n.gram, o.gram)
	copy(n.moment, o.moment)
	n.square = o.square
}

// reset takes all rows away.
func (n *normal) reset() {
	clear(n.gram)
	clear(n.moment)
	n.square = 0
}

// solve sets beta and returns the sum of the squared residuals.
func (n *normal) solve() float64 {
	upper, explained := n.project()
	ssr := n.square - floats.Dot(explained, explained)
	blas64.Trsv(blas.NoTrans, upper, blas64.Vector{N: len(explained), Data: explained, Inc: 1})
	return ssr
}

// project factors the equations, U'U = X'X, and returns U and U'^-1 X'y in beta. The squares of
// the latter are what each term explains of y'y beyond the terms before it.
func (n *normal) project() (blas64.Triangular, []float64) {
	k := len(n.moment)
	copy(n.factor, n.gram)
	for i := range k {
		n.factor[i*k+i] += ridge
	}
	upper, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: k, Stride: k, Data: n.factor})
	if !ok {
		panic("rival: normal equations with a ridge are not positive definite")
	}
	copy(n.beta, n.moment)
	blas64.Trsv(blas.Trans, upper, blas64.Vector{N: k, Data: n.beta, Inc: 1})
	return upper, n.beta
}
