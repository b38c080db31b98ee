package trace

import (
	"fmt"
	"iter"
	"math/rand/v2"
)

// GeneratorOptions describes a synthetic trace. Seed alone gives one day of
// 1,000 functions.
type GeneratorOptions struct {
	Seed      uint64 // any value; equal options give equal traces
	Functions int    // 1 to 1,000,000; 1,000 by default
	Minutes   int    // 1 to MaxMinutes; 1,440 by default
	Start     int    // first minute, counted from Monday 00:00; 0 by default

	// SkipRare leaves out the class of functions with fewer than ten calls a
	// month, which a trace of some hours shows as silence.
	SkipRare bool
}

// withDefaults fills in the defaults and checks the bounds.
func (o GeneratorOptions) withDefaults() (GeneratorOptions, error) {
	if o.Functions == 0 {
		o.Functions = 1000
	}
	if o.Minutes == 0 {
		o.Minutes = MinutesPerDay
	}
	switch {
	case o.Functions < 1 || o.Functions > 1_000_000:
		return o, fmt.Errorf("functions must be 1 to 1000000, was: %d", o.Functions)
	case o.Minutes < 1 || o.Minutes > MaxMinutes:
		return o, fmt.Errorf("minutes must be 1 to %d, was: %d", MaxMinutes, o.Minutes)
	case o.Start < 0 || o.Start > MaxMinutes:
		return o, fmt.Errorf("start must be 0 to %d, was: %d", MaxMinutes, o.Start)
	}
	return o, nil
}

// Generate makes a synthetic trace in the manner of the five-region trace of
// Huawei Cloud. What it models, with figures from the statistics published
// with that trace (Joosen et al., EuroSys 2025) where they exist:
//
//   - five regions in their proportion of functions, each with its share of
//     rare functions, its daily peak to trough, weekday to weekend, holiday
//     (days 14 to 21) and its crowd at minute :00;
//   - timers, 60 % of all but the rare: periods of 5 to 60 minutes at a phase
//     of their own or on the hour, some with jitter, missed and double runs;
//   - sparse Poisson calls, 22 %, at half a call to 20 calls an hour;
//   - bursts, 13 %: silence of hours, then minutes of many calls;
//   - dense functions, 5 %, at 1 to 300 calls a minute (log-uniform) that a
//     slowly varying load modulates;
//   - log-normal durations, and users of whom most own one function.
//
// What it does not model: calls that depend on other functions, start times,
// failures, deployments, functions that come and go, and any match of the
// total number of calls to the published one.
//
// The error names the option that is out of bounds.
func Generate(o GeneratorOptions) (*Trace, error) {
	functions, err := GenerateFunctions(o)
	if err != nil {
		return nil, err
	}
	o, _ = o.withDefaults() // valid, as GenerateFunctions accepted it
	t := &Trace{Layout: Generated, Start: o.Start, Minutes: o.Minutes}
	for f := range functions {
		t.Functions = append(t.Functions, f)
	}
	return t, nil
}

// GenerateFunctions streams the functions of Generate, for traces that do not
// fit into memory. Function i depends on Seed and i alone, so a larger trace
// begins with the functions of a smaller one.
func GenerateFunctions(o GeneratorOptions) (iter.Seq[Function], error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return func(yield func(Function) bool) {
		for i := range o.Functions {
			if !yield(o.function(i)) {
				return
			}
		}
	}, nil
}

// function makes function i.
func (o GeneratorOptions) function(i int) Function {
	rng := rand.New(rand.NewPCG(o.Seed, uint64(i)))
	r := regions()[pick(rng, regionShares())]
	kind := o.kind(r, rng)
	f := Function{
		Name:     fmt.Sprintf("%s-%06d", r.name, i),
		Owner:    fmt.Sprintf("user-%06d", o.owner(i)),
		App:      r.name,
		Trigger:  kind.trigger(),
		Duration: logNormal(rng, -1.5, 1.4), // median 0.22 s, mean 0.59 s
	}
	f.Counts = kind.calls(o, r, rng)
	return f
}

// owner returns the user of function i: the user of the function before in a
// quarter of all cases, which leaves 75 % of users with one function.
func (o GeneratorOptions) owner(i int) int {
	for i > 0 && rand.New(rand.NewPCG(o.Seed^0x6f776e6572, uint64(i))).Float64() < 0.25 {
		i--
	}
	return i
}

// kind draws the way in which a function is called.
func (o GeneratorOptions) kind(r region, rng *rand.Rand) kind {
	if rng.Float64() < r.rare && !o.SkipRare {
		return rare
	}
	return kind(pick(rng, []float64{timer: 0.60, sparse: 0.22, bursty: 0.13, dense: 0.05}))
}

// kind is a way in which functions are called.
type kind int

const (
	timer kind = iota
	sparse
	bursty
	dense
	rare
)

// trigger returns the name of k in Function.Trigger.
func (k kind) trigger() string {
	switch k {
	case timer:
		return "timer"
	case bursty:
		return "queue"
	}
	return "http"
}

// calls draws the counts of one function.
func (k kind) calls(o GeneratorOptions, r region, rng *rand.Rand) []int32 {
	counts := make([]int32, o.Minutes)
	switch k {
	case timer:
		drawTimer(rng, r).fill(counts, o.Start, rng)
	case sparse:
		fillPoisson(counts, o.Start, r, logUniform(rng, 0.5, 20)/60, rng)
	case bursty:
		fillBursts(counts, o.Start, r, rng)
	case dense:
		fillDense(counts, o.Start, r, rng)
	default:
		fillPoisson(counts, o.Start, r, logUniform(rng, 0.5, 10)/(31*MinutesPerDay), rng)
	}
	return counts
}
