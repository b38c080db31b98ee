package replica

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func texts(lines <-chan Line) (all []string) {
	for line := range lines {
		all = append(all, line.Text)
	}
	return all
}

func TestLogKeepsTheLastLines(t *testing.T) {
	clock := newClock()
	log := NewLog(3, clock.now)
	for i := range 5 {
		clock.advance(time.Second)
		log.Add(fmt.Sprintf("hello-%d", i%2), fmt.Sprint(i))
	}
	start := newClock().now()
	for name, test := range map[string]struct {
		query LogQuery
		want  string
	}{
		"all that are kept":   {LogQuery{}, "[2 3 4]"},
		"the last two":        {LogQuery{Tail: 2}, "[3 4]"},
		"a tail beyond all":   {LogQuery{Tail: 9}, "[2 3 4]"},
		"a negative tail":     {LogQuery{Tail: -1}, "[2 3 4]"},
		"since a time":        {LogQuery{Since: start.Add(4 * time.Second)}, "[3 4]"},
		"of one replica":      {LogQuery{Instance: "hello-1"}, "[3]"},
		"the last of replica": {LogQuery{Instance: "hello-0", Tail: 1}, "[4]"},
	} {
		if got := fmt.Sprint(texts(log.Query(context.Background(), test.query))); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestFollowerSeesNewLinesUntilTheLogCloses(t *testing.T) {
	log := NewLog(10, time.Now)
	log.Add("a", "old")
	log.Add("a", "last")
	lines := log.Query(context.Background(), LogQuery{Tail: 1, Follow: true})
	if got := (<-lines).Text; got != "last" {
		t.Errorf("got %q", got)
	}
	log.Add("a", "new")
	if got := (<-lines).Text; got != "new" {
		t.Errorf("got %q", got)
	}
	log.Add("a", "end")
	log.Close()
	log.Close()
	if got := fmt.Sprint(texts(lines)); got != "[end]" {
		t.Errorf("got %s", got)
	}
}

func TestAFollowerEndsWithItsContext(t *testing.T) {
	log := NewLog(10, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	lines := log.Query(ctx, LogQuery{Follow: true})
	cancel()
	for range lines {
		t.Error("a line from an empty log")
	}
}

func TestASlowFollowerMissesLinesAndDelaysNoWriter(t *testing.T) {
	log := NewLog(4, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lines := log.Query(ctx, LogQuery{Follow: true})
	for i := range 100 {
		log.Add("a", fmt.Sprint(i))
	}
	seen := 0
	for line := range lines {
		seen++
		if line.Text == "99" {
			break
		}
	}
	if seen > 9 {
		t.Errorf("a ring of 4 gave a slow reader %d lines", seen)
	}
}

func TestOutputOfReplicasIsLogged(t *testing.T) {
	f := newFixture(t, nil)
	lease := f.acquire()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	lines := f.Log().Query(ctx, LogQuery{Follow: true})
	if got := (<-lines).Text; got != "started "+lease.Instance {
		t.Errorf("got %q", got)
	}
	get(t, lease.Address, "/print?text=from+the+function")
	line := <-lines
	if line.Text != "from the function" || line.Instance != lease.Instance || line.Time.IsZero() {
		t.Errorf("got %+v", line)
	}
	lease.Release()
}

func TestBackoffDoublesAndResets(t *testing.T) {
	var b backoff
	for _, want := range []time.Duration{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000} {
		if got := b.after(time.Second); got != want*time.Millisecond {
			t.Errorf("got %s, want %s", got, want*time.Millisecond)
		}
	}
	if got := b.after(stableTime); got != firstBackoff {
		t.Errorf("after a stable time: got %s, want %s", got, firstBackoff)
	}
}

func TestMeterIntegrates(t *testing.T) {
	clock := newClock()
	var m meter
	m.add(clock.now(), 1)
	clock.advance(1500 * time.Millisecond)
	m.add(clock.now(), 2)
	clock.advance(time.Second)
	if got := m.total(clock.now()); got != 4.5 {
		t.Errorf("got %g, want 1.5 + 3", got)
	}
	m.add(clock.now(), -3)
	clock.advance(time.Hour)
	if got := m.total(clock.now()); got != 4.5 {
		t.Errorf("got %g, want 4.5", got)
	}
}
