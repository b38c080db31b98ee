//go:build unix

package replica

import (
	"slices"
	"time"
)

// resize adds and retires members until the current generation has the desired
// count. It retires members of old generations only as far as the current one is
// ready, so that an update leaves no gap. The caller holds p.mu.
func (p *Pool) resize(now time.Time) {
	current, ready := 0, 0
	for _, m := range p.members {
		if m.generation == p.generation {
			current++
			if m.ready {
				ready++
			}
		}
	}
	for ; current < p.desired; current++ {
		p.addMember()
	}
	for ; current > p.desired; current-- {
		p.retire(p.victim(func(m *member) bool { return m.generation == p.generation }), now)
	}
	outdated := func(m *member) bool { return m.generation != p.generation }
	// A range over a negative number has no rounds.
	for range p.countMembers(outdated) - max(0, p.desired-ready) {
		p.retire(p.victim(outdated), now)
	}
}

// countMembers returns the number of matching members. The caller holds p.mu.
func (p *Pool) countMembers(match func(*member) bool) int {
	n := 0
	for _, m := range p.members {
		if match(m) {
			n++
		}
	}
	return n
}

// victim returns the matching member whose removal disturbs least: one that is not
// ready, else the one with the fewest requests; of equals the youngest. It returns
// nil if none matches.
func (p *Pool) victim(match func(*member) bool) *member {
	var victim *member
	for _, m := range p.members {
		if match(m) && (victim == nil || !victim.lessWorthThan(m)) {
			// Members are ordered by age. An equal one replaces an older one: the youngest wins.
			victim = m
		}
	}
	return victim
}

// lessWorthThan reports whether m is a better victim than other.
func (m *member) lessWorthThan(other *member) bool {
	if m.ready != other.ready {
		return !m.ready
	}
	return m.inflight < other.inflight
}

// addMember starts one more replica of the current spec. The caller holds p.mu.
func (p *Pool) addMember() {
	m := &member{
		pool:       p,
		spec:       p.spec,
		generation: p.generation,
		retired:    make(chan struct{}),
		drained:    make(chan struct{}),
		suspect:    make(chan struct{}, 1),
	}
	p.members = append(p.members, m)
	p.running.Go(m.run)
}

// retire takes a member out of use; its goroutine drains and stops the process. The
// caller holds p.mu.
func (p *Pool) retire(m *member, now time.Time) {
	p.members = slices.DeleteFunc(p.members, func(other *member) bool { return other == m })
	m.leaving = true
	p.setReady(m, false, now)
	close(m.retired)
	m.checkDrained()
}

// setReady adds a member to those that take requests or removes it. When the first
// becomes ready or the last leaves, the kind of all waits changes. The caller holds
// p.mu.
func (p *Pool) setReady(m *member, ready bool, now time.Time) {
	if m.ready != ready {
		before := len(p.ready)
		if ready {
			p.ready = append(p.ready, m)
		} else {
			p.ready = slices.DeleteFunc(p.ready, func(other *member) bool { return other == m })
		}
		m.ready = ready
		if (before == 0) != (len(p.ready) == 0) {
			// The waits up to now have the kind that held before the change.
			p.settleWaits(before == 0, now)
		}
	}
	m.account(now)
}
