package lstm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// matrix is a row-major matrix within a larger slice.
type matrix[T Float] struct {
	rows, cols, stride int
	data               []T
}

// dense returns a matrix that fills the begin of data without gaps.
func dense[T Float](rows, cols int, data []T) matrix[T] {
	return matrix[T]{rows: rows, cols: cols, stride: cols, data: data[:rows*cols]}
}

// gemm sets c = op(a)·op(b) + beta·c with the product of gonum for the type. op
// transposes a or b if ta or tb is blas.Trans.
//
// On amd64 gonum adds up four columns per instruction, in assembly. A product in Go
// alone does not come near it, as the compiler makes no vector instructions:
// BenchmarkProduct compares the two.
func gemm[T Float](ta, tb blas.Transpose, a, b matrix[T], beta T, c matrix[T]) {
	switch data := any(a.data).(type) {
	case []float32:
		blas32.Gemm(ta, tb, 1,
			blas32.General{Rows: a.rows, Cols: a.cols, Stride: a.stride, Data: data},
			blas32.General{Rows: b.rows, Cols: b.cols, Stride: b.stride, Data: any(b.data).([]float32)}, float32(beta),
			blas32.General{Rows: c.rows, Cols: c.cols, Stride: c.stride, Data: any(c.data).([]float32)})
	case []float64:
		blas64.Gemm(ta, tb, 1,
			blas64.General{Rows: a.rows, Cols: a.cols, Stride: a.stride, Data: data},
			blas64.General{Rows: b.rows, Cols: b.cols, Stride: b.stride, Data: any(b.data).([]float64)}, float64(beta),
			blas64.General{Rows: c.rows, Cols: c.cols, Stride: c.stride, Data: any(c.data).([]float64)})
	}
}

// fillRows copies row into each row of the matrix.
func fillRows[T Float](m matrix[T], row []T) {
	for r := range m.rows {
		copy(m.data[r*m.stride:r*m.stride+m.cols], row)
	}
}
