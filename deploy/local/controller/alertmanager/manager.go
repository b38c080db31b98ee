package alertmanager

import (
	"slices"
	"time"
)

// Times of the route in the chart's configuration of AlertManager. Its group_by puts the
// alerts of all functions into one group.
const (
	groupWait      = 5 * time.Second  // from the first alert of a new group to its notification
	groupInterval  = 10 * time.Second // between two looks at a group
	repeatInterval = 30 * time.Second // after which an unchanged group is notified again
)

// Alert is the state of a function's alert in a notification.
type Alert struct {
	Function string
	Firing   bool // else it is resolved
}

// Manager is AlertManager with the one group of the chart. Its zero value has no alerts.
//
// A notification holds all alerts of the group: if the alert of one function begins, the
// gateway also adds replicas to the others that fire.
type Manager struct {
	firing   []string  // sorted
	resolved []string  // since the last look at the group
	next     time.Time // look at the group, zero if there is no group
	last     notification
}

// notification is what AlertManager remembers of the last one.
type notification struct {
	at               time.Time // zero before the first
	firing, resolved []string
}

// Receive takes in the functions whose alerts fire at now. Those that fired before and are
// not among them are resolved.
func (m *Manager) Receive(now time.Time, firing []string) {
	for _, function := range m.firing {
		if !slices.Contains(firing, function) {
			m.resolved = append(m.resolved, function)
		}
	}
	m.firing = slices.Clone(firing)
	m.resolved = slices.DeleteFunc(m.resolved, func(function string) bool { return slices.Contains(firing, function) })
	if m.next.IsZero() && len(firing) > 0 {
		m.next = now.Add(groupWait)
	}
}

// Notify returns the alerts of the notification that is due at now, nil if none is.
func (m *Manager) Notify(now time.Time) []Alert {
	if m.next.IsZero() || now.Before(m.next) {
		return nil
	}
	m.next = now.Add(groupInterval)
	if len(m.firing) == 0 {
		m.next = time.Time{} // AlertManager drops a group without alerts
	}
	firing, resolved := m.firing, m.resolved
	m.resolved = nil
	if !m.changed(firing, resolved) && !m.repeats(now) {
		return nil
	}
	m.last = notification{now, firing, resolved}
	var alerts []Alert
	for _, function := range firing {
		alerts = append(alerts, Alert{function, true})
	}
	for _, function := range resolved {
		alerts = append(alerts, Alert{function, false})
	}
	return alerts
}

// changed reports whether an alert has begun or ended since the last notification.
func (m *Manager) changed(firing, resolved []string) bool {
	if len(firing) == 0 {
		return len(m.last.firing) > 0
	}
	within := func(some, all []string) bool {
		return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
	}
	return !within(firing, m.last.firing) || !within(resolved, m.last.resolved)
}

// repeats reports whether firing alerts are due again. AlertManager notes the time after it
// has sent, so that a look exactly repeatInterval after the last one comes too early: the
// chart's values repeat every 40 s.
func (m *Manager) repeats(now time.Time) bool {
	return len(m.firing) > 0 && now.Sub(m.last.at) > repeatInterval
}
