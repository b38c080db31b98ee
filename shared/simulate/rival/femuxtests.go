package rival

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// significance is the level of both tests.
const significance = 0.05

// unitRoot is the statistic of Dickey and Fuller, with a constant and in long series, at which
// its p-value is 0.05.
//
// Source: MacKinnon, "Critical Values for Cointegration Tests", 2010, table 2.
const unitRoot = -2.86154

// exact is the share of squares that residuals may have by rounding and by the ridge. Lags that
// explain more than the rest are not taken, since they depend on each other.
const exact = 1e-8

// stationary reports whether the augmented test of Dickey and Fuller rejects a unit root:
//
//	x[t] - x[t-1] = c + g x[t-1] + sum over i = 1 .. p of d[i] (x[t-i] - x[t-i-1])
//
// by the t-statistic of g. p is the number of lags up to ceil(12 (n/100)^(1/4)) with the least
// AIC, all on the same minutes.
//
// Source: Said, Dickey, "Testing for unit roots in autoregressive-moving average models of
// unknown order", Biometrika 71(3), 1984; adfuller of statsmodels, which the released code calls.
func stationary(x []float64) bool {
	scaled, _ := scaledBy(nil, x)
	longest := int(math.Ceil(12 * math.Pow(float64(len(x))/100, 0.25)))
	longest = min(longest, len(x)/2-2)

	n := dickeyFuller(scaled, longest, longest)
	rows := float64(len(x) - 1 - longest)
	_, explained := n.project()
	ssr, best, least := n.square, 0, math.Inf(1)
	for i, e := range explained {
		ssr -= e * e
		if i == 0 {
			continue // a constant alone is no candidate
		}
		if aic := rows*math.Log(math.Max(ssr, exact*n.square)/rows) + 2*float64(i+1); aic < least {
			best, least = i-1, aic
		}
	}

	n = dickeyFuller(scaled, best, best)
	ssr = n.solve()
	return n.beta[1] < unitRoot*standardError(n, ssr, float64(len(x)-1-best))
}

// dickeyFuller returns the equations of the test with these lags, from the minute after skip.
func dickeyFuller(x []float64, p, skip int) *normal {
	n := newNormal(2 + p)
	row := make([]float64, 2+p)
	for t := skip + 1; t < len(x); t++ {
		row[0], row[1] = 1, x[t-1]
		for i := 1; i <= p; i++ {
			row[1+i] = x[t-i] - x[t-i-1]
		}
		n.add(row, x[t]-x[t-1], 1)
	}
	return n
}

// standardError returns that of the second coefficient, of a regression that was solved:
// the root of ssr / (rows - terms) times the second diagonal element of (X'X)^-1.
func standardError(n *normal, ssr, rows float64) float64 {
	unit := newNormal(len(n.moment))
	copy(unit.gram, n.gram)
	unit.moment[1] = 1
	unit.solve()
	return math.Sqrt(math.Max(ssr, 0) / (rows - float64(len(n.moment))) * unit.beta[1])
}

// linear reports whether the test of Brock, Dechert and Scheinkman in two dimensions finds no
// structure in x: whether pairs of neighbours are close as often as if they were
// independent. Close is within 1.5 standard deviations.
//
// Source: Broock, Scheinkman, Dechert, LeBaron, "A test for independence based on the
// correlation dimension", Econometric Reviews 15(3), 1996; bds of statsmodels, which the
// released code calls.
func linear(x []float64) bool {
	n := len(x)
	near := 1.5 * stat.StdDev(x, nil)
	var one, later, two, square float64 // close pairs of values, of those after the first, of neighbours; squared counts
	for i := range x {
		count := 0.0
		for j := range x {
			if math.Abs(x[i]-x[j]) >= near {
				continue
			}
			count++
			if j <= i {
				continue
			}
			one++
			if i > 0 {
				later++
			}
			if j+1 < n && math.Abs(x[i+1]-x[j+1]) < near {
				two++
			}
		}
		square += count * count
	}
	return bdsLinear(float64(n), one, later, two, square)
}

// bdsLinear evaluates the test for n values from the sums of linear. A statistic that is
// not defined, as of values that are all close, finds nothing.
func bdsLinear(n, one, later, two, square float64) bool {
	all := n + 2*one // close pairs in both orders, with each value itself
	k := (square - 3*all + 2*n) / (n * (n - 1) * (n - 2))
	c := one / (n * (n - 1) / 2)
	variance := 4 * (k*k + 2*k*c*c + c*c*c*c - 4*k*c*c)
	rest := (n - 1) * (n - 2) / 2
	effect := two/rest - (later/rest)*(later/rest)
	statistic := math.Sqrt(n-1) * effect / math.Sqrt(variance)
	p := 2 * distuv.UnitNormal.Survival(math.Abs(statistic))
	return !(p < significance)
}
