package rival

import (
	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"
)

// extrapolation returns the weights of a forecast by a trend and a Fourier series: the
// forecast of the value after x[0..n-1] is the sum of weights[i] * x[i].
//
// The forecast is linear in x, so that its answers to the n unit vectors are all of it:
//
//	x[t] = b t + r[t],  with the slope b of least squares
//	forecast = b n + sum of R[k] exp(2 pi i k t / n) / n over |k| <= harmonics, at t = n
//
// where R is the discrete Fourier transform of r. n must be above twice the harmonics.
func extrapolation(n, harmonics int) []float64 {
	weights, unit := make([]float64, n), make([]float64, n)
	times := make([]float64, n)
	for t := range times {
		times[t] = float64(t)
	}
	for i := range weights {
		clear(unit)
		unit[i] = 1
		weights[i] = extrapolate(times, unit, harmonics)
	}
	return weights
}

// extrapolate returns the forecast of extrapolation for one series x at the given times.
func extrapolate(times, x []float64, harmonics int) float64 {
	_, slope := stat.LinearRegression(times, x, nil, false)
	rest := make([]float64, len(x))
	for t, v := range x {
		rest[t] = v - slope*times[t]
	}
	n := float64(len(x))
	spectrum := fourier.NewFFT(len(x)).Coefficients(nil, rest)
	sum := real(spectrum[0])
	for k := 1; k <= harmonics; k++ {
		// The frequencies k and -k are conjugate, and at time n each exponential is 1.
		sum += 2 * real(spectrum[k])
	}
	return sum/n + slope*n
}
