// Package scenario picks functions of a trace that a small machine can replay, and
// generates synthetic loads.
package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// Options determine what is picked: functions of each class in the shares of the mix.
// The seed selects among the functions of a class.
type Options struct {
	From, Minutes int // the minutes that will be replayed
	Functions     int // number of functions to pick
	Mix           Mix // DefaultMix if it is zero
	Seed          uint64
	LightLoads    bool // of LoadMix: loads that OpenFaaS CE can carry
}

// ErrTooFew means that too few functions of the trace fit.
var ErrTooFew = errors.New("scenario: too few functions fit")

// Load picks functions from the trace at a path, a directory or a file. If there is
// none, it generates a synthetic trace. source describes which it is, and what was left
// out of it.
func Load(path string, o Options) (t *trace.Trace, source string, err error) {
	if path != "" && isThere(path) {
		t, err = trace.Open(path)
		source = fmt.Sprintf("excerpt of the %s", attribution(t, path))
	} else {
		// Fifty candidates for each wanted function, because most do not fit.
		t, err = synthetic.Generate(synthetic.Options{Seed: o.Seed, Functions: 50 * o.Functions, Minutes: o.From + o.Minutes, SkipRare: true})
		source = fmt.Sprintf("synthetic trace, seed %d", o.Seed)
	}
	if err != nil {
		return nil, "", err
	}
	picked, err := Pick(t, o)
	return picked, source, err
}

// isThere reports whether a path is a file, or a directory with anything in it.
func isThere(path string) bool {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return true
	}
	found, _ := filepath.Glob(filepath.Join(path, "*"))
	return len(found) > 0
}

// attribution returns how the trace is to be cited, or its path, with what was left out.
func attribution(t *trace.Trace, path string) string {
	if t == nil {
		return ""
	}
	source := cmp.Or(t.Layout.Attribution(), "trace in "+path)
	if left := t.Summary.String(); left != "" {
		source += "; " + left
	}
	return source
}

// Pick returns the picked functions over the minutes [From, From+Minutes). They are
// renamed to their trigger and a number: timer-1, http-2. If a class has too few
// functions, other classes of the mix take its place.
// Names of a public trace are hashes, which say nothing on a dashboard.
func Pick(t *trace.Trace, o Options) (*trace.Trace, error) {
	if o.From < 0 || o.Minutes < 1 || o.From+o.Minutes > t.Minutes {
		return nil, fmt.Errorf("minutes %d to %d must lie within the trace of %d minutes", o.From, o.From+o.Minutes, t.Minutes)
	}
	if o.Mix == (Mix{}) {
		o.Mix = DefaultMix()
	}
	picked, spare := o.divide(t)
	missing := o.Functions - len(picked)
	if missing > len(spare) {
		return nil, fmt.Errorf("%w: %d of the %d that are wanted", ErrTooFew, len(picked)+len(spare), o.Functions)
	}
	picked = append(picked, spare[:missing]...)
	for i, f := range picked {
		picked[i].Name = fmt.Sprintf("%s-%d", kind(f), i+1)
	}
	return &trace.Trace{Layout: t.Layout, Start: t.Start + o.From, Minutes: o.Minutes, Functions: picked}, nil
}

// divide returns the functions that fill the quotas of their classes, and the spare ones: the
// class of these is full, but they can take the place of a class that is too small.
func (o Options) divide(t *trace.Trace) (picked, spare []trace.Function) {
	// Each seed picks other functions of the same classes.
	order := rand.New(rand.NewPCG(o.Seed, 0)).Perm(len(t.Functions))
	quotas, shares := o.Mix.quotas(o.Functions), o.Mix.shares()
	for _, i := range order {
		f := t.Functions[i]
		f.Counts = f.Counts[o.From : o.From+o.Minutes]
		switch c := classify(f); {
		case c == none || shares[c] == 0:
		case quotas[c] > 0:
			quotas[c]--
			picked = append(picked, f)
		default:
			spare = append(spare, f)
		}
	}
	return picked, spare
}

// kind returns the trigger in lower-case letters, fit for the name of a function.
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
