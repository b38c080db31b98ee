package backtest

import (
	"time"

	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// Tail returns the end of a trace, in which the time last is scored and the history before it
// is simulate.WarmUpMinutes. It returns t itself if that is not longer, or if last is 0. The
// counts are those of t.
func Tail(t *trace.Trace, last time.Duration) *trace.Trace {
	drop := t.Minutes - int(last/time.Minute) - simulate.WarmUpMinutes
	if last == 0 || drop <= 0 {
		return t
	}
	out := *t
	out.Start, out.Minutes, out.Functions = t.Start+drop, t.Minutes-drop, nil
	if !t.Begin.IsZero() {
		out.Begin = t.Begin.Add(time.Duration(drop) * time.Minute)
	}
	for _, f := range t.Functions {
		f.Counts = f.Counts[drop:]
		out.Functions = append(out.Functions, f)
	}
	return &out
}
