// Package idler scales functions to zero that were not called for a while, as the idler of
// OpenFaaS Standard and the faas-idler of OpenFaaS Edge do.
//
// It looks at calls alone. A function that another controller has raised and nobody has
// called goes to zero with the next look, and so does one that was never called. Calls count
// when they begin: a running call that began before the idle time does not hold its replica.
// The replica then ends after the call.
//
// Sources: github.com/openfaas/faas-idler for the rule; docs.openfaas.com, pages "Scale to
// Zero" and "Scale to Zero for OpenFaaS Edge" for labels and times, page "Auto-scaling your
// functions", "What if my function is still running when it gets scaled down?", for calls
// that run.
package idler

import (
	"time"

	"prewarm/deploy/local/controller"
)

// Rule says when the idler looks, and what counts as idle.
type Rule struct {
	Every time.Duration // between two looks
	Idle  time.Duration // without a call, of all functions; 0 for that of each function's label
}

// Standard returns the rule of OpenFaaS Standard: each function has the idle time of its
// label. How often the idler looks is not documented; it is assumed to be as often as the
// autoscaler, whose process it shares.
func Standard() Rule { return Rule{Every: 10 * time.Second} }

// Edge returns the rule of OpenFaaS Edge, with the documented reconcile_interval and
// inactivity_duration.
func Edge() Rule { return Rule{Every: 5 * time.Minute, Idle: 10 * time.Minute} }

// IdleTime returns the time without a call after which a function is idle.
func (r Rule) IdleTime(s controller.Scaling) time.Duration {
	if r.Idle > 0 {
		return r.Idle
	}
	return s.ZeroDuration
}

// Calls are the calls of a function that began within its idle time, up to now.
type Calls struct {
	Began float64
	Known bool // the store has a counter of the function
}

// Decide returns the replicas of a function after a look: 0 if it is idle, else those that
// it has. A function is idle if its label allows zero, a replica is ready, and no call began
// within the idle time.
//
// A function whose counter the store does not have is idle only if the gateway counts no
// call of it either; else the store has lost samples, and the function is left alone.
func Decide(f controller.Function, s controller.Scaling, calls Calls) int {
	measured := calls.Known || f.Calls == 0
	if s.Zero && f.Ready > 0 && measured && calls.Began == 0 {
		return 0
	}
	return f.Replicas
}
