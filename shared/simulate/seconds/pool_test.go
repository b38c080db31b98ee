package seconds

import (
	"math"
	"testing"
)

// platform is a pool whose waits count, with warm replicas in its first minute.
func platform(concurrency, warm int64) *pool {
	p := &pool{concurrency: concurrency, waits: &histogram{}, scored: true}
	p.begin(0, warm)
	return p
}

// call lets a call come whose replica, if it needs one, takes start to start.
func (p *pool) call(at, duration, start float64) {
	p.arrive(at, duration, func() float64 { return start })
}

// Two calls of two seconds come together, five seconds after the minute began. The waits
// are by hand.
func TestTwoCallsAtOnce(t *testing.T) {
	for _, c := range []struct {
		name              string
		concurrency, warm int64
		start             float64
		total             float64
		waited, starts    int64
	}{
		{"one replica: the second waits for the end of the first, 2 s, before the start, 3 s", 1, 1, 3, 2, 1, 1},
		{"one replica: the start, 1 s, comes before the end of the first", 1, 1, 1, 1, 1, 1},
		{"one replica, and none can be started: the second waits for the first", 1, 1, math.Inf(1), 2, 1, 1},
		{"one replica runs both", 2, 1, 3, 0, 0, 0},
		{"two replicas: nobody waits", 1, 2, 3, 0, 0, 0},
		{"no replica: each waits for its own start", 1, 0, 3, 6, 2, 2},
		{"no replica, and one start serves both", 2, 0, 3, 6, 2, 1},
		{"a start takes no time: nobody waits", 1, 0, 0, 0, 0, 2},
	} {
		p := platform(c.concurrency, c.warm)
		p.call(5, 2, c.start)
		p.call(5, 2, c.start)
		p.drain()
		if p.total != c.total || p.waited != c.waited || p.starts != c.starts || p.calls != 2 {
			t.Errorf("%s: %d of %d calls waited %v s, %d starts; want %d, %v s, %d", c.name, p.waited, p.calls, p.total, p.starts, c.waited, c.total, c.starts)
		}
	}
}

// The first call's replica takes 10 s, that of the second, a second later, half a second.
// Who came first is served first: at 1.5 s. It runs a second, and then the second call
// has its slot: both have waited 1.5 s.
func TestWhoWaitsLongestIsServedFirst(t *testing.T) {
	p := platform(1, 0)
	p.call(0, 1, 10)
	p.call(1, 5, 0.5)
	p.drain()
	if p.total != 3 || p.waited != 2 {
		t.Errorf("%d calls waited %v s, want 2 and 3 s", p.waited, p.total)
	}
}

// Three calls come within a second to a function without replicas, which run two calls
// each. The second call needs no start of its own, the third one does.
func TestAStartIsForAsManyCallsAsAReplicaRuns(t *testing.T) {
	p := platform(2, 0)
	for _, at := range []float64{0, 0.25, 0.5} {
		p.call(at, 30, 4)
	}
	p.drain()
	// The first two are served at 4 s, the third at 4.5 s by a replica of its own.
	if want := 4 + 3.75 + 4.0; p.total != want || p.starts != 2 {
		t.Errorf("waited %v s with %d starts, want %v and 2", p.total, p.starts, want)
	}
}

// A replica is started in the last second of a minute and takes ten.
func TestAStartGoesOnWhenTheMinuteEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		warm  int64
		total float64
	}{
		{"the policy wants none: the call keeps the replica that it waits for", 0, 10},
		{"the policy keeps the one that is starting: it is not ready sooner", 1, 10},
		{"the policy raises a second one, which is ready when the minute begins", 2, 1},
	} {
		p := platform(1, 0)
		p.call(59, 1, 10)
		p.begin(60, c.warm)
		p.drain()
		if p.total != c.total {
			t.Errorf("%s: waited %v s, want %v", c.name, p.total, c.total)
		}
	}
}

// A replica that starts and that nobody waits for any more goes first, and one that runs
// a call stays, whatever the policy decides.
func TestWhatTheEndOfAMinuteLeaves(t *testing.T) {
	p := platform(1, 1)
	p.call(50, 100, 30) // runs until 150
	p.call(51, 1, 2)    // served by a second replica at 53, which then idles
	p.call(53.5, 7, 30) // waits for the second replica until 54; the third would be ready at 83.5
	if p.ready != 2 || p.coming != 1 || p.total != 2 {
		t.Fatalf("before the end: %d ready, %d coming, waited %v s; want 2, 1 and 2", p.ready, p.coming, p.total)
	}
	p.advance(59)
	p.begin(60, 0)
	// The second replica runs its call until 61; the third goes.
	if p.ready != 2 || p.busy != 2 || p.coming != 0 {
		t.Errorf("after the end: %d ready, %d calls, %d coming; want 2, 2, 0", p.ready, p.busy, p.coming)
	}
	p.begin(120, 0)
	if p.ready != 1 || p.busy != 1 {
		t.Errorf("a minute later: %d ready, %d calls, want 1 and 1", p.ready, p.busy)
	}
	p.begin(180, 0)
	if p.ready != 0 {
		t.Errorf("when all calls have ended, %d replicas are left", p.ready)
	}
}

// A held replica stays until its minute ends, as in the count by the minute.
func TestAHeldReplicaServesTheRestOfItsMinute(t *testing.T) {
	p := platform(1, 1)
	p.call(50, 30, 9) // until 80
	p.begin(60, 0)
	p.call(70, 1, 20) // waits until 80
	p.call(100, 1, 20)
	p.drain()
	if p.total != 10 || p.waited != 1 {
		t.Errorf("%d calls waited %v s, want 1 and 10", p.waited, p.total)
	}
}
