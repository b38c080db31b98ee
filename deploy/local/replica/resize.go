//go:build unix

package replica

import (
	"slices"
	"time"
)

// resize adds and retires slots until the current generation has the desired
// count, and retires old generations as far as the current one is ready. It
// holds p.mu.
func (p *Pool) resize(now time.Time) {
	current, ready := 0, 0
	for _, s := range p.slots {
		if s.generation == p.generation {
			current++
			if s.ready {
				ready++
			}
		}
	}
	for ; current < p.desired; current++ {
		p.addSlot()
	}
	for ; current > p.desired; current-- {
		p.retire(p.victim(func(s *slot) bool { return s.generation == p.generation }), now)
	}
	outdated := func(s *slot) bool { return s.generation != p.generation }
	for range p.countSlots(outdated) - max(0, p.desired-ready) {
		p.retire(p.victim(outdated), now)
	}
}

func (p *Pool) countSlots(match func(*slot) bool) int {
	n := 0
	for _, s := range p.slots {
		if match(s) {
			n++
		}
	}
	return n
}

// victim returns the matching slot whose removal disturbs least: one that is
// not ready, else the one with the fewest requests; of equals the youngest.
func (p *Pool) victim(match func(*slot) bool) *slot {
	var victim *slot
	for _, s := range p.slots {
		if match(s) && (victim == nil || !victim.worthMoreThan(s)) {
			victim = s
		}
	}
	return victim
}

func (s *slot) worthMoreThan(other *slot) bool {
	if s.ready != other.ready {
		return !s.ready
	}
	return s.inflight < other.inflight
}

func (p *Pool) addSlot() {
	s := &slot{
		pool:       p,
		spec:       p.spec,
		generation: p.generation,
		retired:    make(chan struct{}),
		drained:    make(chan struct{}),
		suspect:    make(chan struct{}, 1),
	}
	p.slots = append(p.slots, s)
	p.running.Go(s.run)
}

// retire takes the slot out of use; its goroutine drains and stops the process.
func (p *Pool) retire(s *slot, now time.Time) {
	p.slots = slices.DeleteFunc(p.slots, func(other *slot) bool { return other == s })
	s.leaving = true
	p.setReady(s, false, now)
	close(s.retired)
	s.checkDrained()
}

// setReady moves a slot in or out of those that take requests. It holds p.mu.
func (p *Pool) setReady(s *slot, ready bool, now time.Time) {
	if s.ready != ready {
		before := len(p.ready)
		if ready {
			p.ready = append(p.ready, s)
		} else {
			p.ready = slices.DeleteFunc(p.ready, func(other *slot) bool { return other == s })
		}
		s.ready = ready
		if (before == 0) != (len(p.ready) == 0) {
			p.settleWaits(before == 0, now)
		}
	}
	s.account(now)
}
