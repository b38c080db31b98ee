package replicafit

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// queue simulates a function whose replicas serve one call at a time, first come
// first served. Each caller has one call at a time.
type queue struct {
	service  float64 // seconds of a call
	timeout  float64 // seconds from its arrival after which a caller gives up
	replicas int
	callers  int
}

// open serves calls that arrive at the given times and returns their latencies,
// +Inf for calls that were given up.
func (q queue) open(arrivals []float64, rng *rand.Rand) []float64 {
	server, caller := make([]float64, q.replicas), make([]float64, q.callers)
	var latencies []float64
	for _, at := range arrivals {
		c, s := earliest(caller), earliest(server)
		sent := max(at, caller[c])
		if sent-at >= q.timeout {
			latencies = append(latencies, math.Inf(1))
			continue
		}
		end := max(sent, server[s]) + q.service*(1+0.1*rng.Float64())
		server[s], caller[c] = end, min(end, at+q.timeout)
		latencies = append(latencies, end-at)
		if end-at > q.timeout {
			latencies[len(latencies)-1] = math.Inf(1)
		}
	}
	return latencies
}

// closed lets each caller call again as soon as it is answered, for the given
// number of seconds, and returns the latencies.
func (q queue) closed(seconds float64, rng *rand.Rand) []float64 {
	server, caller := make([]float64, q.replicas), make([]float64, q.callers)
	var latencies []float64
	for {
		c, s := earliest(caller), earliest(server)
		sent := caller[c]
		if sent >= seconds {
			return latencies
		}
		end := max(sent, server[s]) + q.service*(1+0.1*rng.Float64())
		server[s], caller[c] = end, end
		latencies = append(latencies, end-sent)
	}
}

func earliest(free []float64) int {
	return slices.Index(free, slices.Min(free))
}

// features returns the features that a load test measures of a run.
func (q queue) features(latencies []float64, seconds float64) capacity.Vector {
	failed := 0
	answered := slices.DeleteFunc(slices.Clone(latencies), func(l float64) bool { return math.IsInf(l, 1) })
	failed = len(latencies) - len(answered)
	slices.Sort(answered)
	x := capacity.Vector{float64(len(latencies)) / seconds, 28, capacity.ErrorShare(float64(len(answered)), float64(failed)), float64(q.callers)}
	for i, p := range []float64{0.1, 0.5, 0.75, 0.9, 0.99} {
		if n := len(answered); n > 0 {
			x[4+i] = answered[min(int(p*float64(n)), n-1)]
		}
	}
	return x
}

// test returns the samples of a load test of 24 s per run: each load on 1 to most
// replicas. A rate of 0 is a closed loop. The objective is a 90th percentile of
// 150 ms and an error rate of 1 %.
func test(rates []float64, callers []int, most int, rng *rand.Rand) []loadtest.Sample {
	const seconds = 24
	var all []loadtest.Sample
	load := 0
	for _, rate := range rates {
		for _, n := range callers {
			arrivals := make([]float64, int(rate*seconds))
			for i := range arrivals {
				arrivals[i] = seconds * rng.Float64()
			}
			slices.SortFunc(arrivals, cmp.Compare[float64])
			var runs []loadtest.Sample
			fewest := 0
			for k := 1; k <= most; k++ {
				q := queue{service: 0.04, timeout: 2, replicas: k, callers: n}
				latencies := q.open(arrivals, rng)
				if rate == 0 {
					latencies = q.closed(seconds, rng)
				}
				x := q.features(latencies, seconds)
				if fewest == 0 && x[7] <= 0.15 && x[2] <= 0.01 {
					fewest = k
				}
				runs = append(runs, loadtest.Sample{X: x, Ready: k, Load: load})
			}
			if fewest == 0 {
				continue
			}
			for _, r := range runs {
				r.Replicas = fewest
				all = append(all, r)
			}
			load++
		}
	}
	return all
}
