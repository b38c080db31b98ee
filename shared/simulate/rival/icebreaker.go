package rival

import (
	"math"
	"slices"

	"prewarm/shared/series"
	"prewarm/shared/simulate"
)

// Constants of IceBreaker's forecast, from its released code.
const (
	iceWindow    = 60 // minutes that a forecast sees: "local window"
	iceHarmonics = 10 // that are kept, beside the mean
)

// IceBreaker is the forecast of invocations of IceBreaker, FIP, as a policy: it keeps warm in
// each minute what the predicted number of calls needs, and nothing else. The calls of the
// last hour are taken as a trend plus a Fourier series of its ten lowest harmonics, which is
// continued by one minute (see extrapolation). The number of calls is rounded, at least 0,
// and becomes replicas by the rule of the simulation. Nothing is warm in the first hour.
//
// Left out is what IceBreaker is named for: the choice among dear, cheap and no nodes by a
// utility score. All replicas are alike here, and each predicted call is prepared for.
//
// The paper states a trend of second degree, the released code one of first degree and ten
// harmonics. The code is followed, since the published results come from it. On both Azure
// traces the second degree changes cold starts and idle time by less than 0.5 %.
//
// Source: Roy, Patel, Tiwari, "IceBreaker: Warming Serverless Functions Better with
// Heterogeneity", ASPLOS 2022, section on the Function Invocation Prediction scheme; its code
// (Zenodo 5748667) as reused by FeMux (EuroSys 2026).
type IceBreaker struct{ weights []float64 }

// NewIceBreaker returns the policy.
func NewIceBreaker() *IceBreaker { return &IceBreaker{extrapolation(iceWindow, iceHarmonics)} }

// Name implements simulate.Policy.
func (*IceBreaker) Name() string { return "icebreaker" }

// Warm implements simulate.Policy.
func (p *IceBreaker) Warm(warm []int32, h simulate.History) {
	m := h.Minute()
	if m < iceWindow {
		return
	}
	for f := range warm {
		calls := 0.0
		for i, n := range h.Counts(f)[m-iceWindow:] {
			calls += p.weights[i] * float64(max(0, n)) // a minute without data has no calls
		}
		calls = math.RoundToEven(calls) // as the code rounds
		n := int32(math.Max(0, math.Min(calls, math.MaxInt32)))
		warm[f] = series.Need(n, loadOf(h, f, n))
	}
}

// loadOf returns the load of the minute that is to come if n calls arrive in it, with the
// calls that still run then.
func loadOf(h simulate.History, f int, n int32) float64 {
	d, k := h.Function(f).Duration, float64(h.Concurrency())
	if d <= stepSeconds {
		return float64(n) * d / stepSeconds / k
	}
	past := h.Counts(f)
	running := past[len(past)-int(math.Min(d/stepSeconds, float64(len(past)))):]
	loads := series.Loads(nil, append(slices.Clone(running), n), d, stepSeconds, k)
	return loads[len(loads)-1]
}
