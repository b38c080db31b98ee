package metric

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Bootstrap is samples, with replacement, of functions and of the seeds that
// models were trained with. The first sample is everything once.
type Bootstrap struct {
	times [][]float64 // per sample and function, how often it was drawn
	picks [][]int     // per sample, the seeds drawn
}

// NewBootstrap draws samples. With 400 the ends of a 95 % interval rest on ten
// samples each.
func NewBootstrap(functions, seeds, draws int, rng *rand.Rand) *Bootstrap {
	b := &Bootstrap{times: [][]float64{slices.Repeat([]float64{1}, functions)}, picks: [][]int{make([]int, seeds)}}
	for i := range seeds {
		b.picks[0][i] = i
	}
	for range draws {
		times, picks := make([]float64, functions), make([]int, seeds)
		for range functions {
			times[rng.IntN(functions)]++
		}
		for i := range picks {
			picks[i] = rng.IntN(seeds)
		}
		b.times, b.picks = append(b.times, times), append(b.picks, picks)
	}
	return b
}

// Statistic is the value of a score in every sample, the mean over the seeds
// drawn.
type Statistic []float64

// Pair returns two statistics that score computes together, of a method with
// the given number of seeds: one, or as many as the bootstrap has. score must
// be safe for concurrent use.
func (b *Bootstrap) Pair(seeds int, score func(times []float64, seed int) (x, y float64)) (xs, ys Statistic) {
	xs, ys = make(Statistic, len(b.times)), make(Statistic, len(b.times))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(xs); i = int(next.Add(1)) - 1 {
				xs[i], ys[i] = b.mean(i, seeds, score)
			}
		})
	}
	wait.Wait()
	return xs, ys
}

// mean returns the means of both values over the seeds of sample i.
func (b *Bootstrap) mean(i, seeds int, score func(times []float64, seed int) (x, y float64)) (x, y float64) {
	counts := make([]float64, seeds)
	for _, pick := range b.picks[i] {
		counts[pick%seeds]++
	}
	for seed, n := range counts {
		if n > 0 {
			v, w := score(b.times[i], seed)
			x += v * n / float64(len(b.picks[i]))
			y += w * n / float64(len(b.picks[i]))
		}
	}
	return x, y
}

// Interval is a difference between two methods, with the bounds between which
// 95 % of the bootstrap samples lie.
type Interval struct {
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// Above returns how much higher s is than o.
func (s Statistic) Above(o Statistic) Interval {
	differences := make([]float64, len(s)-1)
	for i := range differences {
		differences[i] = s[i+1] - o[i+1]
	}
	slices.Sort(differences)
	at := func(level float64) float64 {
		return differences[int(math.Round(level*float64(len(differences)-1)))]
	}
	return Interval{s[0] - o[0], at(0.025), at(0.975)}
}
