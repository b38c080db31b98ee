// Package synthetic makes traces from published statistics: for every function
// the number of calls in each minute, or every cold start. They are for tests,
// demonstrations and training when no published trace is at hand.
package synthetic

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"prewarm/shared/trace"
)

// Options describes a synthetic trace. Seed alone gives one day of
// 1,000 functions.
type Options struct {
	Seed      uint64 // any value; equal options give equal traces
	Functions int    // 1 to 1,000,000; 1,000 by default
	Minutes   int    // 1 to MaxMinutes of package trace; 1,440 by default
	Start     int    // first minute, counted from Monday 00:00; 0 by default

	// SkipRare makes no functions with fewer than ten cold starts a month.
	// In a trace of some hours most of these have no call at all.
	SkipRare bool

	// ColdStarts counts cold starts instead of calls, as Huawei2025 does.
	ColdStarts bool
}

// withDefaults fills in the defaults and checks the bounds.
func (o Options) withDefaults() (Options, error) {
	if o.Functions == 0 {
		o.Functions = 1000
	}
	if o.Minutes == 0 {
		o.Minutes = trace.MinutesPerDay
	}
	switch {
	case o.Functions < 1 || o.Functions > 1_000_000:
		return o, fmt.Errorf("functions must be 1 to 1000000, was: %d", o.Functions)
	case o.Minutes < 1 || o.Minutes > trace.MaxMinutes:
		return o, fmt.Errorf("minutes must be 1 to %d, was: %d", trace.MaxMinutes, o.Minutes)
	case o.Start < 0 || o.Start > trace.MaxMinutes:
		return o, fmt.Errorf("start must be 0 to %d, was: %d", trace.MaxMinutes, o.Start)
	}
	return o, nil
}

// Generate makes a trace with the statistics that were published with the
// five-region trace of Huawei Cloud (Joosen et al., EuroSys 2025) and, for the
// calls of each application, with the Azure trace of 2019. Tests compare the result
// with the publications. With any number of functions it models:
//
//   - regions: their share of functions; cold starts, and hours with a cold start,
//     per function; the share of rare functions; the course of the day, weekends, a
//     holiday (days 14 to 21), and the peak at minute :00;
//   - timers: 60 % of the functions and 30 % of the cold starts, with periods from
//     two minutes, just after the keep-alive of 60 s has ended, to a month; some are
//     late, some miss runs, some run twice;
//   - other functions: a popularity with a heavy tail, rates that vary over hours,
//     and bursts; the most popular ones are always warm;
//   - start times, their spread and parts; users, most of whom own one function.
//
// It does not model calls that depend on other functions, failures, deployments,
// functions that come and go, and the total number of calls.
//
// The error names the option that is out of bounds.
func Generate(o Options) (*trace.Trace, error) {
	functions, err := Functions(o)
	if err != nil {
		return nil, err
	}
	o, _ = o.withDefaults() // valid, as Functions accepted it
	return &trace.Trace{Layout: trace.Generated, Start: o.Start, Minutes: o.Minutes, Functions: slices.Collect(functions)}, nil
}

// Functions returns the functions of Generate one by one, for traces that do not fit
// into memory. Function i depends on Seed and i alone, so a larger trace begins with
// the functions of a smaller one.
func Functions(o Options) (iter.Seq[trace.Function], error) {
	g, err := newGenerator(o)
	if err != nil {
		return nil, err
	}
	return func(yield func(trace.Function) bool) {
		for i := range g.Functions {
			if f, _ := g.function(i); !yield(f) {
				return
			}
		}
	}, nil
}

// ColdStarts returns the functions one by one, each with all of its cold starts in
// the order of time. The slice is valid until the next function. Counts has cold
// starts, as if the option ColdStarts were set.
func ColdStarts(o Options) (iter.Seq2[trace.Function, []trace.ColdStart], error) {
	o.ColdStarts = true
	g, err := newGenerator(o)
	if err != nil {
		return nil, err
	}
	return func(yield func(trace.Function, []trace.ColdStart) bool) {
		var starts []trace.ColdStart
		for i := range g.Functions {
			f, p := g.function(i)
			starts = g.coldStarts(starts[:0], i, f, p)
			if !yield(f, starts) {
				return
			}
		}
	}, nil
}

// generator makes functions of the calibrated regions.
type generator struct {
	Options
	models []model
	u, w   float64 // first point of the sequence of place and isTimer, in the unit square
}

// newGenerator calibrates the regions and draws the first point of the sequence.
func newGenerator(o Options) (*generator, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(o.Seed, math.MaxUint64))
	return &generator{Options: o, models: newModels(), u: rng.Float64(), w: rng.Float64()}, nil
}

// place returns the region of function i and its popularity there, as the share of
// less popular functions. It is the first coordinate of a sequence that fills the
// unit square evenly, so that the shares of regions are right with few functions:
//
//	u[i] = (u[0] + i a) mod 1,  w[i] = (w[0] + i a²) mod 1,  a = 1/1.3247 (the plastic number)
//
// Source: Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018.
func (g *generator) place(i int) (m *model, popular float64) {
	_, u := math.Modf(g.u + float64(i)*0.7548776662466927)
	last := len(g.models) - 1
	for r := range g.models {
		if m = &g.models[r]; u < m.to || r == last {
			break
		}
	}
	// Below 1 even after rounding, as quantile functions of popularity expect.
	return m, min((u-m.from)/(m.to-m.from), 1-1e-12)
}

// isTimer reports whether a timer calls function i, by the second coordinate of
// the sequence.
func (g *generator) isTimer(i int) bool {
	_, w := math.Modf(g.w + float64(i)*0.5698402909980532)
	return w < timerFunctions
}

// function makes function i, and returns the profile behind its calls.
func (g *generator) function(i int) (trace.Function, profile) {
	// One source per function: that is what makes function i independent of how many
	// there are.
	rng := rand.New(rand.NewPCG(g.Seed, uint64(i)))
	m, popular := g.place(i)
	p := g.profile(m, popular, g.isTimer(i), rng)
	owner := g.owner(i, m)
	f := trace.Function{
		Name:     fmt.Sprintf("%s-%06d", strings.ToLower(m.name), i),
		Owner:    fmt.Sprintf("user-%06d", owner),
		App:      fmt.Sprintf("app-%06d", owner),
		Region:   m.name,
		Trigger:  p.trigger(),
		Duration: logNormal(rng, -1.5, 1.4), // median 0.22 s, mean 0.59 s
		Start:    p.startTimes(),
	}
	f.Counts = p.counts(g.Options, rng)
	return f, p
}

// owner returns the user of function i. In a quarter of all cases it is the user of
// the function before it in the region, so that 75 % of the users have one function.
// It draws from a generator of its own, so that it may be asked in any order.
func (g *generator) owner(i int, m *model) int {
	for i > 0 && rand.New(rand.NewPCG(g.Seed^0x6f776e6572, uint64(i))).Float64() < 0.25 {
		before := i - 1
		for ; before >= 0; before-- {
			if other, _ := g.place(before); other == m {
				break
			}
		}
		if before < 0 {
			break
		}
		i = before
	}
	return i
}
