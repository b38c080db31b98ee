package scaler

import (
	"errors"
	"time"

	"prewarm/shared/openfaas"
)

// errMissing means that functions of the batch are missing in the list of the gateway, and
// were in the one before. The connector delivers the batch again, when a later list may have
// them.
var errMissing = errors.New("scaler: functions are missing in the list of the gateway")

// missingWait is how long the scaler waits for a missing function. By then the list is whole
// again, also of a provider that has just started. The tries of one batch take longer.
const missingWait = 10 * time.Second

// presence is what the lists of the gateway show of a function beside its replicas. A list
// may be cut short or lack a namespace, so that one without the function proves nothing.
type presence struct {
	last    time.Time // when a list or a decision last had it
	missing time.Time // of the first list without it since then, zero if the last one had it
	created time.Time // openfaas.Function.Created, zero if unknown
}

// seen notes when a function was there.
func (p *presence) seen(at time.Time) {
	if at.After(p.last) {
		p.last = at
	}
}

// miss notes a list without the function.
func (p *presence) miss(now time.Time) {
	if p.missing.IsZero() {
		p.missing = now
	}
}

// missed notes a view without the function, and reports whether it may be in the next one.
func (p *presence) missed(now time.Time) bool {
	p.miss(now)
	return p.awaited(now)
}

// awaited reports whether a function that is missing may be in the next list.
func (p *presence) awaited(now time.Time) bool {
	return !p.missing.IsZero() && now.Before(p.missing.Add(missingWait))
}

// gone reports whether a function has been missing for so long that what is known of it is
// of no use.
func (p *presence) gone(now time.Time) bool { return now.After(p.last.Add(replaySince)) }

// rewind replaces the times ahead of now.
func (p *presence) rewind(now time.Time) {
	if p.last.After(now) {
		p.last = now
	}
	if p.missing.After(now) {
		p.missing = now
	}
}

// show takes in a list that has the function. It returns whether the function was deleted and
// created again since the list or decision before, and whether that is certain: without the
// time of its creation, it may also have been missing in a list.
func (p *presence) show(fn openfaas.Function, now time.Time) (another, certain bool) {
	switch {
	case fn.Created.IsZero():
		another = !p.missing.IsZero()
	case p.created.IsZero(): // known from decisions alone
		another, certain = !p.last.IsZero() && fn.Created.After(p.last), true
	default:
		another, certain = !fn.Created.Equal(p.created), true
	}
	if !fn.Created.IsZero() {
		p.created = fn.Created
	}
	p.last, p.missing = now, time.Time{}
	return another, certain
}

// see takes in a view once, and forgets the functions that have been gone for replaySince.
// The decided steps of the others stay, whatever the view shows: a replay of their forecasts
// scales nothing again.
func (s *Scaler) see(seen *view) {
	if seen.number <= s.state.lastSeen {
		return
	}
	s.state.lastSeen = seen.number
	now := s.now()
	for name, f := range s.state.functions {
		f.rewind(now)
		fn, listed := seen.functions[name]
		switch {
		case listed:
			s.meet(f, *fn, seen.taken)
		case f.gone(now):
			s.forget(name)
		default:
			f.miss(now)
		}
	}
}

// meet takes in a function that a list has. If it was created again, what is known of its
// predecessor of the same name is dropped.
func (s *Scaler) meet(f *functionState, fn openfaas.Function, now time.Time) {
	another, certain := f.show(fn, now)
	if !another {
		return
	}
	f.numbers = noNumbers()
	if certain {
		f.limits, f.denials = limits{}, denials{}
		s.starts.forget(fn.Name)
		s.ready.forget(fn.Name)
	}
}

// forget drops the state, the metrics and the times of a function.
func (s *Scaler) forget(name string) {
	delete(s.state.functions, name)
	s.metrics.forget(name)
	s.starts.forget(name)
	s.ready.forget(name)
}
