package keda

import (
	"errors"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

const hello = "hello.openfaas-fn"

// clock is the time of a story.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func newClock() *clock { return &clock{time.Unix(1_800_000_000, 0)} }

// decided is a decision of now.
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

func expectWanted(t *testing.T, b *Cache, want int, wantErr error) {
	t.Helper()
	if got, err := b.Wanted(hello); got != want || !errors.Is(err, wantErr) {
		t.Errorf("wanted: got %d, %v; want %d, %v", got, err, want, wantErr)
	}
}

func expectActive(t *testing.T, b *Cache, want bool, wantErr error) {
	t.Helper()
	if got, err := b.Active(hello); got != want || !errors.Is(err, wantErr) {
		t.Errorf("active: got %v, %v; want %v, %v", got, err, want, wantErr)
	}
}

func TestADecisionHoldsUntilItIsTooOld(t *testing.T) {
	c := newClock()
	b := newCache(c)
	expectWanted(t, b, 0, ErrUnknown) // nothing is known: an error, not zero
	b.Learn([]event.Decision{c.decided(1, 3)})
	expectWanted(t, b, 3, nil)
	expectActive(t, b, true, nil)
	c.pass(5 * time.Minute)
	expectWanted(t, b, 3, nil)
	c.pass(time.Second)
	expectWanted(t, b, 0, ErrUnknown)
	expectActive(t, b, false, ErrUnknown)
	if got := b.Age(); got != 5*time.Minute+time.Second {
		t.Errorf("age: %v", got)
	}
	// The chain is back.
	b.Learn([]event.Decision{c.decided(3, 1)})
	expectWanted(t, b, 1, nil)
}

func TestADecisionOfAnEarlierStepChangesNothing(t *testing.T) {
	c := newClock()
	b := newCache(c)
	early := c.decided(1, 9)
	c.pass(time.Minute)
	b.Learn([]event.Decision{c.decided(1, 2)})
	b.Learn([]event.Decision{early})
	expectWanted(t, b, 2, nil)
}

func TestADecisionOfTheFutureOrOfNonsenseIsNotFollowed(t *testing.T) {
	c := newClock()
	b := newCache(c)
	d := c.decided(1, -4)
	b.Learn([]event.Decision{d})
	expectWanted(t, b, 0, ErrUnknown)
	d.Wanted, d.Time = 4, c.now.Add(time.Hour)
	b.Learn([]event.Decision{d})
	expectWanted(t, b, 0, ErrUnknown)
}

// TestADecisionOfAClockThatRanAheadHidesNoOther: for one step the scaler's clock is
// a day ahead. What it decided then is left out, also when it comes again.
func TestADecisionOfAClockThatRanAheadHidesNoOther(t *testing.T) {
	for _, lead := range []time.Duration{3 * time.Minute, 24 * time.Hour} {
		c := newClock()
		b := newCache(c)
		before := c.decided(1, 3)
		b.Learn([]event.Decision{before})
		c.pass(lead)
		wrong := c.decided(1, 9)
		c.pass(-lead)
		if n := b.Learn([]event.Decision{wrong}); n != 1 {
			t.Errorf("%v ahead: %d decisions are left out, want 1", lead, n)
		}
		expectWanted(t, b, 3, nil)
		c.pass(time.Minute)
		b.Learn([]event.Decision{c.decided(3, 4)})
		b.Learn([]event.Decision{before, wrong})
		expectWanted(t, b, 4, nil)
		if got := b.Age(); got != 0 {
			t.Errorf("%v ahead: age %v, want that of the decision of now", lead, got)
		}
	}
}

// TestACacheWhoseOwnClockRanAheadLearnsAgain: it stands on the node of the scaler.
func TestACacheWhoseOwnClockRanAheadLearnsAgain(t *testing.T) {
	c := newClock()
	b := newCache(c)
	before := c.decided(1, 3)
	b.Learn([]event.Decision{before})
	c.pass(10 * time.Minute)
	wrong := c.decided(1, 9)
	b.Learn([]event.Decision{wrong})
	expectWanted(t, b, 9, nil)
	c.pass(-10 * time.Minute)
	expectWanted(t, b, 0, ErrUnknown)
	expectActive(t, b, false, ErrUnknown)
	c.pass(time.Minute)
	now := c.decided(3, 4)
	b.Learn([]event.Decision{now})
	expectWanted(t, b, 4, nil)
	if got := b.Age(); got != 0 {
		t.Errorf("age %v, want that of the decision of now", got)
	}
	b.Learn([]event.Decision{before, wrong})
	expectWanted(t, b, 4, nil)
}

func TestOnlyActiveFunctionsLeftToKEDAAreScaled(t *testing.T) {
	c := newClock()
	b := newCache(c)
	for _, change := range []func(*event.Decision){
		func(d *event.Decision) { d.Mode = "observe" },
		func(d *event.Decision) { d.Actuator = "gateway" },
		func(d *event.Decision) { d.Actuator = "hpa" },
	} {
		d := c.decided(1, 3)
		change(&d)
		b.Learn([]event.Decision{d})
		expectWanted(t, b, 0, ErrNotOurs)
		expectActive(t, b, false, ErrNotOurs)
	}
}

// TestACallThatWokeAFunctionIsNotPutBack: a function at zero has been released,
// and the decision knows nothing of the call that came since.
func TestACallThatWokeAFunctionIsNotPutBack(t *testing.T) {
	c := newClock()
	b := newCache(c)
	b.Learn([]event.Decision{c.decided(1, 0)}) // release the last replica
	expectActive(t, b, false, ErrUnknown)      // nobody has looked at the gateway yet
	b.See(shown(1))
	expectActive(t, b, false, nil) // KEDA has not acted yet
	b.See(shown(0))
	expectActive(t, b, false, nil)
	b.See(shown(1)) // a call
	expectActive(t, b, true, nil)
	c.pass(11 * time.Second)
	expectActive(t, b, false, ErrUnknown) // the gateway is away: as it is
	b.See(shown(1))
	b.Learn([]event.Decision{c.decided(1, 1)}) // the next decision knows
	expectActive(t, b, true, nil)
	b.Learn([]event.Decision{c.decided(1, 0)}) // and a later one releases it
	expectActive(t, b, false, nil)
}

// A decision lets a function go; a call wakes it; then the cache is started
// anew. It cannot know of the call, and says so until the next decision.
func TestACacheThatBeginsLateDoesNotPutBackWhatACallWoke(t *testing.T) {
	c := newClock()
	released := c.decided(1, 0)
	c.pass(20 * time.Second)
	b := newCache(c)
	b.Learn([]event.Decision{released})
	b.See(shown(1))
	expectActive(t, b, false, ErrUnknown)
	b.See(shown(0))
	expectActive(t, b, false, nil)
	b.See(shown(1))
	expectActive(t, b, true, nil)
	c.pass(40 * time.Second)
	b.Learn([]event.Decision{c.decided(1, 0)})
	b.See(shown(1))
	expectActive(t, b, false, nil)
}

func TestAFunctionThatIsGoneIsForgotten(t *testing.T) {
	c := newClock()
	b := newCache(c)
	b.Learn([]event.Decision{c.decided(1, 3)})
	b.See(nil)
	expectWanted(t, b, 0, ErrUnknown)
	if b.Functions() != 0 {
		t.Error("it is still counted")
	}
}

func TestAChangeWakesThoseThatWait(t *testing.T) {
	c := newClock()
	b := newCache(c)
	first := b.Changed()
	b.Learn([]event.Decision{c.decided(1, 3)})
	<-first
	second := b.Changed()
	select {
	case <-second:
		t.Error("nothing has changed since")
	default:
	}
	b.See(shown(1))
	<-second
}
