package rival

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Constants of the threshold autoregression, from the released code.
const (
	setarDistinct = 36 // with no more distinct loads there is one regime
	setarLeast    = 11 // minutes that a regime has at least, a tenth of those in the window
)

// setar is a self-exciting threshold autoregression of order 10: an autoregression for the
// minutes whose load d minutes before was at most a threshold, and another one for the others.
// Delay d, 1 to 10, and threshold, one of the values seen, are those with the least squared
// residuals. With few distinct loads it is one autoregression. Between its fits it goes on
// with the same coefficients.
//
// Source: Hansen, "Testing for Linearity", Journal of Economic Surveys 13(5), 1999; the
// released code, which takes setar_model of a fork of statsmodels.
type setar struct {
	stateless
	delay     int // 0 for one regime
	threshold float64
	beta      [2][arTerms]float64 // of the loads as they are

	all, low, high *normal // scratch
	rows           []setarRow
}

// setarRow is one minute of the window with the lags before it.
type setarRow struct {
	terms [arTerms]float64
	load  float64
}

func (s *setar) forecast(window []float64, fresh bool) float64 {
	if fresh {
		s.fit(window)
	}
	var row [arTerms]float64
	lags(row[:], window, len(window))
	regime := 0
	if s.delay > 0 && row[s.delay] > s.threshold {
		regime = 1
	}
	return floats.Dot(s.beta[regime][:], row[:])
}

// distinctValues returns the number of different values in x.
func distinctValues(x []float64) int {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	return len(slices.Compact(sorted))
}

// fit estimates the coefficients, of two regimes if there are loads enough to tell them.
func (s *setar) fit(window []float64) {
	if s.all == nil {
		s.all, s.low, s.high = newNormal(arTerms), newNormal(arTerms), newNormal(arTerms)
	}
	scaled, scale := scaledBy(nil, window)
	s.all.reset()
	s.rows = s.rows[:0]
	for t := arOrder; t < len(scaled); t++ {
		r := setarRow{load: scaled[t]}
		s.all.add(lags(r.terms[:], scaled, t), r.load, 1)
		s.rows = append(s.rows, r)
	}
	least := s.all.solve()
	s.delay = 0
	s.keep(0, s.all, scale)
	two := distinctValues(window[:len(window)-arOrder]) > setarDistinct
	for delay := 1; two && delay <= arOrder; delay++ {
		least = s.split(delay, least, scale)
	}
}

// split tries each threshold of a delay and keeps the best one, if its squared residuals are
// below least. It returns the least.
func (s *setar) split(delay int, least, scale float64) float64 {
	slices.SortFunc(s.rows, func(a, b setarRow) int { return cmp.Compare(a.terms[delay], b.terms[delay]) })
	s.low.reset()
	s.high.copyFrom(s.all)
	for i, r := range s.rows {
		s.low.add(r.terms[:], r.load, 1)
		s.high.add(r.terms[:], r.load, -1)
		rest := len(s.rows) - i - 1
		if i+1 < setarLeast || rest < setarLeast || s.rows[i+1].terms[delay] == r.terms[delay] {
			continue
		}
		if ssr := s.low.solve() + s.high.solve(); ssr < least {
			least, s.delay, s.threshold = ssr, delay, scale*r.terms[delay]
			s.keep(0, s.low, scale)
			s.keep(1, s.high, scale)
		}
	}
	return least
}

// keep takes the coefficients of loads that were divided by scale.
func (s *setar) keep(regime int, n *normal, scale float64) {
	copy(s.beta[regime][:], n.beta)
	s.beta[regime][0] *= scale
}
