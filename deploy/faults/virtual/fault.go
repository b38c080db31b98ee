package virtual

import (
	"errors"
	"slices"
	"time"

	"prewarm/deploy/faults/schedule"
)

// errInjected is the answer of a part that a fault has hit.
var errInjected = errors.New("injected fault")

// planned is a fault and its times.
type planned struct {
	schedule.Fault
	begin, end time.Time
	on         bool
}

// hit reports whether a fault of the kind is on, between two parts or on a part alone.
func (w *World) hit(kind schedule.Kind, part, to schedule.Part) bool {
	return slices.ContainsFunc(w.faults, func(f *planned) bool { return f.on && f.Kind == kind && f.Part == part && f.To == to })
}

// delay is how long a fault delays what passes between two parts: up to a step.
func (w *World) delay(part, to schedule.Part) (d time.Duration) {
	for _, f := range w.faults {
		if f.on && f.Kind == schedule.Slow && f.Part == part && f.To == to {
			d = max(d, time.Duration(abs(f.Size)*float64(step)).Truncate(tick))
		}
	}
	return d
}

func abs(x float64) float64 { return max(x, -x) }

// down reports whether a part does not run.
func (w *World) down(part schedule.Part) bool { return w.hit(schedule.Kill, part, "") }

// answer returns the error of a request, and whether the request is carried out all the same.
// A process that was killed makes no request.
func (c client) answer(to schedule.Part) (err error, done bool) {
	if err := c.life.Err(); err != nil {
		return err, false
	}
	return c.w.answer(c.part, to)
}

// answer is client.answer for a request from one part to another.
func (w *World) answer(part, to schedule.Part) (err error, done bool) {
	switch {
	case w.hit(schedule.Error, part, to), w.down(to):
		return errInjected, false
	case w.hit(schedule.LostAck, part, to):
		return errInjected, true
	}
	return nil, true
}

// changeFaults begins what is due and ends what is over.
func (w *World) changeFaults() {
	for _, f := range w.faults {
		if !f.on && !w.now.Before(f.begin) {
			f.on = true
			w.begin(f.Fault)
		}
	}
	over := func(f *planned) bool { return f.on && !w.now.Before(f.end) }
	for _, f := range w.faults {
		if over(f) {
			w.finish(f.Fault)
		}
	}
	w.faults = slices.DeleteFunc(w.faults, over)
}

// begin starts a fault.
func (w *World) begin(f schedule.Fault) {
	switch {
	case f.Kind == schedule.Wipe:
		w.wipe(f.What)
	case f.Kind == schedule.Kill && f.Part == schedule.Gateway:
		w.gateway.restart(w.now)
	case f.Kind == schedule.Kill && f.Part == schedule.Collector:
		w.endCollector()
	}
}

// finish ends a fault: what was killed starts again, without its memory.
func (w *World) finish(f schedule.Fault) {
	switch {
	case f.Kind != schedule.Kill:
	case f.Part == schedule.Collector:
		w.startCollector()
	case f.Part == schedule.Scaler:
		w.startScaler()
	case f.Part == schedule.Gateway:
		w.gateway.restart(w.now)
	}
}
