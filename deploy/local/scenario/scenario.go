// Package scenario picks functions of a trace that a small machine can replay,
// and says how they are deployed.
package scenario

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"

	"prewarm/shared/trace"
)

// Options bound what is picked. A function is picked only if a policy can make
// a difference to it: it is called several times, and idle in between.
type Options struct {
	From, Minutes int    // the minutes that will be replayed
	Functions     int    // how many to pick
	Seed          uint64 // which of those that fit
}

const (
	minActive   = 6   // active minutes, so that there is something to learn
	maxActive   = 0.6 // share of active minutes, so that there is something to release
	maxCalls    = 30  // calls in one minute, so that the machine keeps up at high speed
	maxBusyness = 1.0 // mean replicas kept busy, for the same reason
)

// ErrTooFew means that the trace has not enough functions that fit.
var ErrTooFew = errors.New("scenario: too few functions fit")

// Load opens the trace in dir or, where dir does not exist, generates one with
// the same bounds, and says which it was.
func Load(dir string, o Options) (t *trace.Trace, source string, err error) {
	if found, _ := filepath.Glob(filepath.Join(dir, "*")); dir != "" && len(found) > 0 {
		t, err = trace.Open(dir)
		source = fmt.Sprintf("excerpt of the %s", attribution(t, dir))
	} else {
		t, err = trace.Generate(trace.GeneratorOptions{Seed: o.Seed, Functions: 50 * o.Functions, Minutes: o.From + o.Minutes, SkipRare: true})
		source = fmt.Sprintf("synthetic trace, seed %d", o.Seed)
	}
	if err != nil {
		return nil, "", err
	}
	picked, err := Pick(t, o)
	return picked, source, err
}

func attribution(t *trace.Trace, dir string) string {
	if t != nil && t.Layout.Attribution() != "" {
		return t.Layout.Attribution()
	}
	return "trace in " + dir
}

// Pick returns the picked functions over the minutes [From, From+Minutes),
// renamed to what they are and a number: timer-1, http-2.
func Pick(t *trace.Trace, o Options) (*trace.Trace, error) {
	if o.From < 0 || o.Minutes < 1 || o.From+o.Minutes > t.Minutes {
		return nil, fmt.Errorf("minutes %d to %d must lie within the trace of %d minutes", o.From, o.From+o.Minutes, t.Minutes)
	}
	out := &trace.Trace{Layout: t.Layout, Start: t.Start + o.From, Minutes: o.Minutes}
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	for _, i := range rng.Perm(len(t.Functions)) {
		f := t.Functions[i]
		f.Counts = f.Counts[o.From : o.From+o.Minutes]
		if len(out.Functions) < o.Functions && fits(f) {
			f.Name = fmt.Sprintf("%s-%d", kind(f), len(out.Functions)+1)
			out.Functions = append(out.Functions, f)
		}
	}
	if len(out.Functions) < o.Functions {
		return nil, fmt.Errorf("%w: %d of the %d that are wanted", ErrTooFew, len(out.Functions), o.Functions)
	}
	return out, nil
}

func fits(f trace.Function) bool {
	active := f.ActiveMinutes()
	busy := float64(f.Calls()) * f.Duration / (60 * float64(len(f.Counts)))
	if active < minActive || float64(active) > maxActive*float64(len(f.Counts)) || busy > maxBusyness {
		return false
	}
	for _, c := range f.Counts {
		if c > maxCalls {
			return false
		}
	}
	return true
}

// kind is the trigger as a function's name may hold it.
func kind(f trace.Function) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(f.Trigger))
	if letters == "" {
		return "function"
	}
	return letters
}
