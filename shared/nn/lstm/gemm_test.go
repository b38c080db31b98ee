package lstm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
)

// The product of one step of 32 sequences: rows×inner by inner×cols.
const (
	productRows  = 32
	productInner = 42
	productCols  = 128
)

// tiled is the fastest product in Go alone that was found: c += a·b in tiles of two
// rows and four columns, whose sums stay in registers. The tiles of b, packed, follow
// each other.
func tiled(a, packed, c []float32) {
	for i := 0; i < productRows; i += 2 {
		a0, a1 := a[i*productInner:][:productInner], a[(i+1)*productInner:][:productInner]
		for j := 0; j < productCols; j += 4 {
			c0, c1 := c[i*productCols+j:][:4], c[(i+1)*productCols+j:][:4]
			s00, s01, s02, s03 := c0[0], c0[1], c0[2], c0[3]
			s10, s11, s12, s13 := c1[0], c1[1], c1[2], c1[3]
			b := packed[j*productInner:][:4*productInner]
			for l := 0; l < len(a0) && l < len(a1) && len(b) >= 4; l++ {
				x, y := a0[l], a1[l]
				s00, s01, s02, s03 = s00+x*b[0], s01+x*b[1], s02+x*b[2], s03+x*b[3]
				s10, s11, s12, s13 = s10+y*b[0], s11+y*b[1], s12+y*b[2], s13+y*b[3]
				b = b[4:]
			}
			c0[0], c0[1], c0[2], c0[3] = s00, s01, s02, s03
			c1[0], c1[1], c1[2], c1[3] = s10, s11, s12, s13
		}
	}
}

// productOperands returns random a, b, b packed for tiled, and c.
func productOperands() (a, b, packed, c []float32) {
	rng := rand.New(rand.NewPCG(1, 2))
	fill := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	a, b, c = fill(productRows*productInner), fill(productInner*productCols), fill(productRows*productCols)
	packed = make([]float32, len(b))
	for l := range productInner {
		for j := range productCols {
			packed[(j/4*productInner+l)*4+j%4] = b[l*productCols+j]
		}
	}
	return a, b, packed, c
}

// gonum is the product as Step computes it.
func gonum(a, b, c []float32) {
	gemm(blas.NoTrans, blas.NoTrans, dense(productRows, productInner, a), dense(productInner, productCols, b), 1, dense(productRows, productCols, c))
}

// Both products add up in the order of the inner dimension, so that they are equal up
// to the last bit, or a rounding where the compiler joins a product and a sum.
func TestTheProductsAreEqual(t *testing.T) {
	a, b, packed, c := productOperands()
	got := slices.Clone(c)
	gonum(a, b, c)
	tiled(a, packed, got)
	for i, want := range c {
		if math.Abs(float64(got[i]-want)) > 1e-4 {
			t.Fatalf("element %d: %v, gonum has %v", i, got[i], want)
		}
	}
}

// BenchmarkProduct reports the multiply-adds per second, in thousands of millions, of
// the fastest of many products, which other programs disturb least.
func BenchmarkProduct(b *testing.B) {
	x, y, packed, c := productOperands()
	for name, product := range map[string]func(){
		"gonum": func() { gonum(x, y, c) },
		"go":    func() { tiled(x, packed, c) },
	} {
		b.Run(name, func(b *testing.B) {
			best := time.Duration(math.MaxInt64)
			for b.Loop() {
				begin := time.Now()
				product()
				best = min(best, time.Since(begin))
			}
			b.ReportMetric(productRows*productInner*productCols/float64(best.Nanoseconds()), "GMAC/s")
		})
	}
}
