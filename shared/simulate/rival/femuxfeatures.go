package rival

import (
	"math"
	"math/cmplx"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"
)

// femuxFeatures are density, linearity, stationarity and harmonics of a block of loads:
// mean load; 1 if the test of Brock, Dechert and Scheinkman finds no structure in the growth
// of the loads beyond a linear one; 1 if the test of Dickey and Fuller finds no unit root;
// number of peaks of the spectrum. Loads that are all equal are linear and stationary.
//
// Source: feature_extraction.py and HypothesisTests.py of the released code.
type femuxFeatures [4]float64

// featuresOf returns the features of a block.
func featuresOf(loads []float64) femuxFeatures {
	density := stat.Mean(loads, nil)
	if slices.Min(loads) == slices.Max(loads) {
		return femuxFeatures{density, 1, 1, 0}
	}
	f := femuxFeatures{density, 0, 0, float64(harmonics(loads))}
	if linear(growth(loads)) {
		f[1] = 1
	}
	if stationary(loads) {
		f[2] = 1
	}
	return f
}

// growth returns the differences of log(1 + load).
func growth(loads []float64) []float64 {
	rates := make([]float64, len(loads)-1)
	for i := range rates {
		rates[i] = math.Log1p(loads[i+1]) - math.Log1p(loads[i])
	}
	return rates
}

// peakDeviations is how many standard deviations a peak is above the mean of the amplitudes.
const peakDeviations = 2

// harmonics returns the number of frequencies whose amplitude stands out, by two standard
// deviations, among those that repeat at least twice in the window of a forecaster. The trend
// is taken away first.
func harmonics(loads []float64) int {
	times, rest := make([]float64, len(loads)), make([]float64, len(loads))
	for t := range times {
		times[t] = float64(t)
	}
	_, slope := stat.LinearRegression(times, loads, nil, false)
	for t, x := range loads {
		rest[t] = x - slope*times[t]
	}
	transform := fourier.NewFFT(len(rest))
	var amplitudes []float64
	for i, c := range transform.Coefficients(nil, rest) {
		if f := transform.Freq(i); f >= 2.0/femuxWindow && f < 0.5 {
			amplitudes = append(amplitudes, cmplx.Abs(c))
		}
	}
	mean, deviation := stat.PopMeanStdDev(amplitudes, nil)
	peaks := 0
	for _, a := range amplitudes {
		if a >= mean+peakDeviations*deviation {
			peaks++
		}
	}
	return peaks
}
