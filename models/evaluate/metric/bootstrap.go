package metric

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Draws is the number of bootstrap samples: with 400 each end of a 95 % interval
// has ten samples beyond it.
const Draws = 400

// Bootstrap holds random samples, with replacement, of the functions and of the
// seeds that models were trained with. Sample 0 is not random: it has every
// function and every seed once, and gives the scores themselves.
//
// All methods are scored on the same samples, so that a difference between two
// of them does not include the difference between samples.
type Bootstrap struct {
	times [][]float64 // per sample and function, how often it was drawn
	picks [][]int     // per sample, the seeds drawn
}

// NewBootstrap draws Draws samples of the given numbers of functions and seeds.
func NewBootstrap(functions, seeds int, rng *rand.Rand) *Bootstrap {
	b := &Bootstrap{times: [][]float64{slices.Repeat([]float64{1}, functions)}, picks: [][]int{make([]int, seeds)}}
	for i := range seeds {
		b.picks[0][i] = i
	}
	for range Draws {
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

// Statistic is the value of one score in every sample of a Bootstrap, each the
// mean over the seeds of that sample.
type Statistic []float64

// Pair computes two statistics at once. score returns both values with each
// function counted times times, for the model of one seed; it is called from
// several goroutines. seeds is the number of the method's models: 1 for a method
// without training, which then counts for every seed, otherwise that of b.
func (b *Bootstrap) Pair(seeds int, score func(times []float64, seed int) (x, y float64)) (xs, ys Statistic) {
	xs, ys = make(Statistic, len(b.times)), make(Statistic, len(b.times))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			// The workers take samples one by one, as their costs differ. Each
			// sample has its own element, so the result does not depend on the
			// order.
			for i := int(next.Add(1)) - 1; i < len(xs); i = int(next.Add(1)) - 1 {
				xs[i], ys[i] = b.mean(i, seeds, score)
			}
		})
	}
	wait.Wait()
	return xs, ys
}

// mean returns the means of both values over the seeds of sample i. A seed that
// was drawn several times is scored once and weighted.
func (b *Bootstrap) mean(i, seeds int, score func(times []float64, seed int) (x, y float64)) (x, y float64) {
	counts := make([]float64, seeds)
	for _, pick := range b.picks[i] {
		// With one model every pick is 0: it counts for all seeds.
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

// Interval is the difference between two scores and its 95 % interval: 95 % of
// the bootstrap samples lie between Low and High.
type Interval struct {
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// Above returns how much higher s is than o. Both must come from the same
// Bootstrap.
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
