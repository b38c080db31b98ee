package keda

import (
	"errors"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

const hello = "hello.openfaas-fn"

// clock is the virtual time of a test.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func newClock() *clock { return &clock{time.Unix(1_800_000_000, 0)} }

// decided returns a decision of now.
func (c *clock) decided(current, wanted int) event.Decision {
	return event.Decision{
		Function: hello, Step: c.now.Unix() / 60 * 60, Time: c.now, Mode: "active", Actuator: "keda",
		Current: current, Wanted: wanted, Applied: -1, Observed: -1,
	}
}

func shown(replicas int) []openfaas.Function {
	return []openfaas.Function{{Name: hello, Replicas: replicas}}
}

func newCache(c *clock) *Cache {
	return NewCache(func() time.Time { return c.now }, 5*time.Minute, 10*time.Second)
}

func expectWanted(t *testing.T, cache *Cache, want int, wantErr error) {
	t.Helper()
	if got, err := cache.Wanted(hello); got != want || !errors.Is(err, wantErr) {
		t.Errorf("wanted: got %d, %v; want %d, %v", got, err, want, wantErr)
	}
}

func expectActive(t *testing.T, cache *Cache, want bool, wantErr error) {
	t.Helper()
	if got, err := cache.Active(hello); got != want || !errors.Is(err, wantErr) {
		t.Errorf("active: got %v, %v; want %v, %v", got, err, want, wantErr)
	}
}

func TestADecisionHoldsUntilItIsTooOld(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	expectWanted(t, cache, 0, ErrUnknown) // nothing is known: an error, not zero
	cache.Add([]event.Decision{c.decided(1, 3)})
	expectWanted(t, cache, 3, nil)
	expectActive(t, cache, true, nil)
	c.pass(5 * time.Minute)
	expectWanted(t, cache, 3, nil)
	c.pass(time.Second)
	expectWanted(t, cache, 0, ErrUnknown)
	expectActive(t, cache, false, ErrUnknown)
	if got := cache.Age(); got != 5*time.Minute+time.Second {
		t.Errorf("age: %v", got)
	}
	// The chain is back.
	cache.Add([]event.Decision{c.decided(3, 1)})
	expectWanted(t, cache, 1, nil)
}

func TestADecisionOfAnEarlierStepChangesNothing(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	early := c.decided(1, 9)
	c.pass(time.Minute)
	cache.Add([]event.Decision{c.decided(1, 2)})
	cache.Add([]event.Decision{early})
	expectWanted(t, cache, 2, nil)
}

func TestAnInvalidOrFutureDecisionIsNotFollowed(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	d := c.decided(1, -4)
	cache.Add([]event.Decision{d})
	expectWanted(t, cache, 0, ErrUnknown)
	d.Wanted, d.Time = 4, c.now.Add(time.Hour)
	cache.Add([]event.Decision{d})
	expectWanted(t, cache, 0, ErrUnknown)
}

// For one step the clock of the scaler is ahead. Its decision of that step is
// refused, also if it is received again.
func TestADecisionOfAClockThatRanAheadHidesNoOther(t *testing.T) {
	for _, lead := range []time.Duration{3 * time.Minute, 24 * time.Hour} {
		c := newClock()
		cache := newCache(c)
		before := c.decided(1, 3)
		cache.Add([]event.Decision{before})
		c.pass(lead)
		wrong := c.decided(1, 9)
		c.pass(-lead)
		if n := cache.Add([]event.Decision{wrong}); n != 1 {
			t.Errorf("%v ahead: %d decisions are refused, want 1", lead, n)
		}
		expectWanted(t, cache, 3, nil)
		c.pass(time.Minute)
		cache.Add([]event.Decision{c.decided(3, 4)})
		cache.Add([]event.Decision{before, wrong})
		expectWanted(t, cache, 4, nil)
		if got := cache.Age(); got != 0 {
			t.Errorf("%v ahead: age %v, want that of the decision of now", lead, got)
		}
	}
}

// The external scaler runs on the node of the scaler, so that both clocks run ahead.
func TestACacheWhoseOwnClockRanAheadRecovers(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	before := c.decided(1, 3)
	cache.Add([]event.Decision{before})
	c.pass(10 * time.Minute)
	wrong := c.decided(1, 9)
	cache.Add([]event.Decision{wrong})
	expectWanted(t, cache, 9, nil)
	c.pass(-10 * time.Minute)
	expectWanted(t, cache, 0, ErrUnknown)
	expectActive(t, cache, false, ErrUnknown)
	c.pass(time.Minute)
	now := c.decided(3, 4)
	cache.Add([]event.Decision{now})
	expectWanted(t, cache, 4, nil)
	if got := cache.Age(); got != 0 {
		t.Errorf("age %v, want that of the decision of now", got)
	}
	cache.Add([]event.Decision{before, wrong})
	expectWanted(t, cache, 4, nil)
}

// No decision follows until the time of the wrong one has come. It does not hold then either,
// and hides no decision of that step.
func TestADecisionThatWasStoredAheadNeverHolds(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	c.pass(10 * time.Minute)
	cache.Add([]event.Decision{c.decided(1, 9)})
	c.pass(-10 * time.Minute)
	cache.Observe(shown(1)) // each two seconds
	c.pass(9 * time.Minute)
	late := c.decided(1, 2)
	c.pass(time.Minute)
	expectWanted(t, cache, 0, ErrUnknown)
	cache.Add([]event.Decision{late})
	expectWanted(t, cache, 2, nil)
}

// The process began while the clock was an hour ahead. Later decisions are not older than it.
func TestACacheThatBeganAheadKnowsOfCalls(t *testing.T) {
	c := newClock()
	c.pass(time.Hour)
	cache := newCache(c)
	c.pass(-time.Hour)
	cache.Observe(shown(1))
	c.pass(time.Minute)
	cache.Add([]event.Decision{c.decided(1, 0)})
	expectActive(t, cache, false, ErrUnknown) // the last list was a minute ago
	cache.Observe(shown(1))
	expectActive(t, cache, false, nil)
}

func TestOnlyActiveFunctionsWithTheActuatorKEDAAreScaled(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	for _, change := range []func(*event.Decision){
		func(d *event.Decision) { d.Mode = "observe" },
		func(d *event.Decision) { d.Actuator = "gateway" },
		func(d *event.Decision) { d.Actuator = "hpa" },
	} {
		d := c.decided(1, 3)
		change(&d)
		cache.Add([]event.Decision{d})
		expectWanted(t, cache, 0, ErrNotOurs)
		expectActive(t, cache, false, ErrNotOurs)
	}
}

// A decision releases the last replica of a function. A later call starts one, which
// the decision does not know of.
func TestAReplicaThatACallStartedIsNotRemoved(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	cache.Add([]event.Decision{c.decided(1, 0)}) // release the last replica
	expectActive(t, cache, false, ErrUnknown)    // there is no list of the gateway yet
	cache.Observe(shown(1))
	expectActive(t, cache, false, nil) // KEDA has not acted yet
	cache.Observe(shown(0))
	expectActive(t, cache, false, nil)
	cache.Observe(shown(1)) // a call
	expectActive(t, cache, true, nil)
	c.pass(11 * time.Second)
	expectActive(t, cache, false, ErrUnknown) // the gateway does not answer: keep the replicas
	cache.Observe(shown(1))
	cache.Add([]event.Decision{c.decided(1, 1)}) // the next decision knows of the call
	expectActive(t, cache, true, nil)
	cache.Add([]event.Decision{c.decided(1, 0)}) // and a later one releases it
	expectActive(t, cache, false, nil)
}

// A decision releases the last replica, a call starts one, and then the process is
// restarted. It cannot know of the call, and returns an error until the next decision.
func TestARestartDoesNotRemoveAReplicaThatACallStarted(t *testing.T) {
	c := newClock()
	released := c.decided(1, 0)
	c.pass(20 * time.Second)
	cache := newCache(c)
	cache.Add([]event.Decision{released})
	cache.Observe(shown(1))
	expectActive(t, cache, false, ErrUnknown)
	cache.Observe(shown(0))
	expectActive(t, cache, false, nil)
	cache.Observe(shown(1))
	expectActive(t, cache, true, nil)
	c.pass(40 * time.Second)
	cache.Add([]event.Decision{c.decided(1, 0)})
	cache.Observe(shown(1))
	expectActive(t, cache, false, nil)
}

func TestADeletedFunctionIsForgotten(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	cache.Add([]event.Decision{c.decided(1, 3)})
	cache.Observe(nil)
	expectWanted(t, cache, 0, ErrUnknown)
	if cache.Functions() != 0 {
		t.Error("it is still counted")
	}
}

func TestAChangeClosesTheChannel(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	first := cache.Changed()
	cache.Add([]event.Decision{c.decided(1, 3)})
	<-first
	second := cache.Changed()
	select {
	case <-second:
		t.Error("the channel is closed without a change")
	default:
	}
	cache.Observe(shown(1))
	<-second
}

// A raise between two steps is followed at once, until the next decision.
func TestARaiseIsFollowedAtOnce(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	cache.Add([]event.Decision{c.decided(1, 2)})
	c.pass(20 * time.Second)
	raise := c.decided(1, 6)
	raise.Trigger = event.TriggerWatch
	cache.Add([]event.Decision{raise})
	expectWanted(t, cache, 6, nil)
	c.pass(time.Minute)
	cache.Add([]event.Decision{c.decided(6, 3)})
	expectWanted(t, cache, 3, nil)
}
