package main

import (
	"context"
	"fmt"
	"strings"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/seconds"
	"prewarm/shared/trace"
)

// replayAtTheSecond lets score replay the calls of tr at the second, if that is asked for.
func (r *report) replayAtTheSecond(tr *trace.Trace, o options) {
	if o.seconds {
		r.Seed = &o.seed
		r.calls = seconds.New(tr, o.concurrency, o.seed, seconds.MeasuredStarts())
	}
}

// scorePolicy runs one policy and adds its score, with the waits of the calls if they are
// replayed.
func (r *report) scorePolicy(ctx context.Context, w *simulate.Workload, p simulate.Policy, decisions string, progress steps) error {
	if r.calls == nil {
		s, err := r.scoreOne(ctx, w, p, decisions, progress)
		r.add(s)
		return err
	}
	replay := r.calls.Replay()
	s, err := r.scoreOne(ctx, w, p, decisions, progress, replay)
	r.add(s)
	waiting := replay.Waiting()
	r.Scores[len(r.Scores)-1].Waiting = &waiting
	return err
}

// waits returns the table of the waits, in seconds, empty if no calls were replayed.
func (r *report) waits() string {
	if r.calls == nil {
		return ""
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\nWaits of calls in seconds, replayed at the second with seed %d:\n\n", *r.Seed)
	text.WriteString("| policy | calls that wait | mean | p50 | p95 | p99 | seconds of waiting | starts |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range r.Scores {
		w := s.Waiting
		fmt.Fprintf(&text, "| %s | %.3f %% | %.4f | %.3f | %.3f | %.3f | %.0f | %d |\n",
			s.Policy, 100*w.Share, w.Mean, w.P50, w.P95, w.P99, w.Total, w.Starts)
	}
	if n := r.Scores[0].Waiting.LeftOut; n > 0 {
		fmt.Fprintf(&text, "\n%d calls are left out, in minutes with more than %d calls of their function.\n", n, seconds.MostCalls)
	}
	return text.String()
}
