package trace

import "math"

// StartTimes describes the times of the cold starts of a function, in seconds: the
// mean of the whole time, the means of its parts, and its spread. The zero value
// means unknown.
type StartTimes struct {
	Mean         float64
	Pod          float64 // a pod is started or taken from a pool
	Code         float64 // the code is fetched and unpacked
	Dependencies float64 // layers and libraries are fetched and loaded
	Scheduling   float64 // network, routes and waiting

	// Quantiles is the spread of the whole in rising order of P.
	Quantiles []Quantile
}

// ColdStart is one start of a pod: a row of the per-function files of Huawei2025.
type ColdStart struct {
	Time  float64 // seconds since midnight of the first day
	Total float64 // seconds that the call waited

	// The parts of Total.
	Pod, Code, Dependencies, Scheduling float64
}

// StartProbabilities returns the P of StartTimes.Quantiles.
func StartProbabilities() []float64 { return []float64{0.1, 0.5, 0.9, 0.95, 0.99} }

// Bins of the histogram of startSum: 20 per decade, from 1 ms to 1,000 s.
const (
	binsPerDecade = 20
	shortestStart = 0.001 // seconds; shorter ones are in the first bin
	startBins     = 6 * binsPerDecade
)

// startSum adds up cold starts. Its histogram has bins of equal width on a
// logarithmic axis, so that a quantile is exact within 6 % and the memory does not
// grow with the number of starts.
type startSum struct {
	n                                          int
	total, pod, code, dependencies, scheduling float64
	bins                                       [startBins]uint32 // starts by their total time
}

// add adds one cold start.
func (s *startSum) add(c ColdStart) {
	s.n++
	s.total += c.Total
	s.pod += c.Pod
	s.code += c.Code
	s.dependencies += c.Dependencies
	s.scheduling += c.Scheduling
	bin := 0
	if c.Total > shortestStart {
		bin = int(binsPerDecade * math.Log10(c.Total/shortestStart))
	}
	// The last bin holds everything above 1,000 s as well.
	s.bins[min(bin, startBins-1)]++
}

// times returns the description of all cold starts that were added.
func (s *startSum) times() StartTimes {
	if s.n == 0 {
		return StartTimes{}
	}
	n := float64(s.n)
	t := StartTimes{Mean: s.total / n, Pod: s.pod / n, Code: s.code / n, Dependencies: s.dependencies / n, Scheduling: s.scheduling / n}
	for _, p := range StartProbabilities() {
		t.Quantiles = append(t.Quantiles, Quantile{P: p, Seconds: s.quantile(p)})
	}
	return t
}

// quantile returns the p-quantile of the total times: the geometric middle of the
// bin in which the cumulative share reaches p.
func (s *startSum) quantile(p float64) float64 {
	rest := p * float64(s.n)
	bin := 0
	for ; bin < startBins-1; bin++ {
		if rest -= float64(s.bins[bin]); rest <= 0 {
			break
		}
	}
	return shortestStart * math.Pow(10, (float64(bin)+0.5)/binsPerDecade)
}
