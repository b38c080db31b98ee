package seconds

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"prewarm/shared/trace"
)

// MostCalls is the most calls of a function in a minute that are replayed, 100 a second. A
// minute with more is left out: with a million calls the replay would take hours, and one
// call for many would make bursts that are not in the trace.
const MostCalls = 6000

// Workload is the calls of a trace, which every policy meets alike. It is not changed
// once made.
type Workload struct {
	minutes     int
	concurrency int64
	seed        uint64
	functions   []function
}

// function is what is known of the calls of one function.
type function struct {
	id       uint64              // hash of the name
	counts   []int32             // by minute
	seconds  []trace.SecondCalls // nil if the trace counts by the minute
	timer    bool                // nothing else calls it
	duration float64             // mean seconds of a call, 0 if unknown
	spread   *spread             // of the durations, nil if unknown
	starts   Starts
}

// call is a call that comes at a time since its minute began, and takes a time. Both are in
// seconds.
type call struct{ at, duration float64 }

// New returns the calls of t. A replica runs concurrency calls at a time; New panics if
// that is below 1. Replicas take the start times of the function if the trace has them,
// and otherwise those of starts. The workload shares the counts of t.
func New(t *trace.Trace, concurrency int, seed uint64, starts Starts) *Workload {
	if concurrency < 1 {
		panic(fmt.Sprintf("seconds: a replica runs %d calls", concurrency))
	}
	w := &Workload{minutes: t.Minutes, concurrency: int64(concurrency), seed: seed}
	for _, f := range t.Functions {
		id := fnv.New64a()
		id.Write([]byte(f.Name))
		fn := function{
			id: id.Sum64(), counts: f.Counts, seconds: f.Seconds, timer: f.Trigger == "timer", duration: f.Duration,
			spread: newSpread(f.DurationQuantiles, f.Duration), starts: starts,
		}
		if own := newSpread(f.Start.Quantiles, f.Start.Mean); own != nil {
			fn.starts = own
		}
		w.functions = append(w.functions, fn)
	}
	return w
}

// generator draws calls. Its memory is used again for each minute.
type generator struct {
	source *rand.PCG
	rng    *rand.Rand
	drawn  []call
	gaps   []float64
}

// newGenerator returns a generator; each draw sets its seed.
func newGenerator() generator {
	source := rand.NewPCG(0, 0)
	return generator{source: source, rng: rand.New(source)}
}

// Streams of random numbers of a function and minute.
const (
	streamCalls = iota
	streamStarts
)

// calls returns the calls of fn in minute m in the order of their arrival. They are valid
// until calls is used again.
func (g *generator) calls(fn *function, seed uint64, m int) []call {
	g.source.Seed(mix(seed, fn.id), mix(uint64(m), streamCalls))
	g.drawn = g.drawn[:0]
	switch count := int(max(0, fn.counts[m])); {
	case fn.seconds != nil:
		begin := int32(m * minuteSeconds)
		first, _ := slices.BinarySearchFunc(fn.seconds, begin, func(s trace.SecondCalls, at int32) int { return int(s.Second - at) })
		for i := first; i < len(fn.seconds) && fn.seconds[i].Second < begin+minuteSeconds; i++ {
			g.scatter(int(fn.seconds[i].Calls), float64(fn.seconds[i].Second-begin), 1)
		}
	case fn.timer:
		// It fires when a minute begins, and equally spaced if several times a minute.
		for i := range count {
			g.drawn = append(g.drawn, call{at: minuteSeconds * float64(i) / float64(count)})
		}
	default:
		g.scatter(count, 0, minuteSeconds)
	}
	for i := range g.drawn {
		g.drawn[i].duration = fn.duration
		if fn.spread != nil {
			g.drawn[i].duration = fn.spread.Draw(g.rng)
		}
	}
	return g.drawn
}

// scatter adds the arrivals of a Poisson process that has n of them between from and from +
// length, in seconds: gaps that are exponential, scaled so that they fill the time.
func (g *generator) scatter(n int, from, length float64) {
	g.gaps = g.gaps[:0]
	sum := 0.0
	for range n + 1 {
		gap := g.rng.ExpFloat64()
		g.gaps = append(g.gaps, gap)
		sum += gap
	}
	at := 0.0
	for _, gap := range g.gaps[:n] {
		at += gap
		g.drawn = append(g.drawn, call{at: from + length*at/sum})
	}
}

// start returns the start time of a replica for call i of minute m. It is that of the call,
// whether or not other calls needed a start before it.
func (g *generator) start(fn *function, seed uint64, m, i int) float64 {
	g.source.Seed(mix(seed, fn.id), mix(mix(uint64(m), streamStarts), uint64(i)))
	return fn.starts.Draw(g.rng)
}

// mix returns a hash of two numbers: the finalizer of SplitMix64.
//
// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
// 2014.
func mix(a, b uint64) uint64 {
	z := a*0x9e3779b97f4a7c15 + b + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
