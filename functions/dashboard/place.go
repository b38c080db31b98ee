package dashboard

import (
	"net/http"
	"sync"
	"time"
)

// places bounds the requests of one kind that are in work at a time.
//
// Strangers have a share, and known callers have places of their own beyond it, which no
// stranger can take. There are no shares by address: behind the gateway all callers have
// its address, and it passes on any X-Forwarded-For that it is sent.
type places struct {
	strangers, known int           // bounds: of strangers, and of what known callers have beyond
	patience         time.Duration // how long one may wait for its client before another takes its place
	longest          time.Duration // for the whole answer; a client that takes something may be slow until then
	status           int           // of a refusal
	refusal          string        // its text

	mu    sync.Mutex
	taken map[*place]struct{}
}

// take takes a place and reports whether there was one. If all are taken, it cuts off the one
// that has waited for its client for the longest time, if that is at least the patience:
// clients that send or read nothing keep nobody out. A stranger never cuts off a known caller.
func (p *places) take(w http.ResponseWriter, known bool, now time.Time) (*place, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full(known) && !p.cutOff(known, now) {
		return nil, false
	}
	one := &place{control: http.NewResponseController(w), next: w, known: known, end: now.Add(p.longest)}
	if p.taken == nil {
		p.taken = map[*place]struct{}{}
	}
	p.taken[one] = struct{}{}
	return one, true
}

// full reports whether all places that a caller may have are taken.
func (p *places) full(known bool) bool {
	strangers := 0
	for one := range p.taken {
		if !one.known {
			strangers++
		}
	}
	return len(p.taken) >= p.strangers+p.known || !known && strangers >= p.strangers
}

// cutOff frees the place that has waited for its client for the longest time, and reports
// whether there was one.
func (p *places) cutOff(known bool, now time.Time) bool {
	var oldest *place
	var since time.Time
	for one := range p.taken {
		if one.known && !known {
			continue
		}
		if at := one.waitingSince(); !at.IsZero() && now.Sub(at) >= p.patience && (oldest == nil || at.Before(since)) {
			oldest, since = one, at
		}
	}
	if oldest == nil {
		return false
	}
	oldest.cut()
	delete(p.taken, oldest)
	return true
}

// leave gives a place back.
func (p *places) leave(one *place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one.finish()
	delete(p.taken, one)
}

// count returns how many places are taken.
func (p *places) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.taken)
}
