package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// staff is some replicas of the collector with four shards.
type staff struct {
	*world
	members []*clerk
}

// clerk is one replica. It implements Leases and Peers.
type clerk struct {
	*Collector
	staff *staff
	name  string
	own   []int
	hears func([]byte) []byte
	said  int // messages to the others
}

const staffShards = 4

func newStaff(t *testing.T, owned ...[]int) *staff {
	s := &staff{world: newWorld(t)}
	for i, own := range owned {
		m := &clerk{staff: s, name: fmt.Sprint("clerk", i), own: own}
		m.Collector = s.collector()
		m.shards = &shards{leases: m, peers: m}
		if _, err := m.hear(); err != nil {
			t.Fatal(err)
		}
		s.members = append(s.members, m)
	}
	return s
}

func (m *clerk) Name() string { return m.name }
func (m *clerk) Shards() int  { return staffShards }
func (m *clerk) Owned() []int { return m.own }

func (m *clerk) Within(ctx context.Context, shard int) (context.Context, context.CancelFunc, error) {
	if !slices.Contains(m.own, shard) {
		return nil, nil, bus.ErrNotOwner
	}
	ctx, cancel := context.WithCancel(ctx)
	return ctx, cancel, nil
}

func (m *clerk) Tell(_ string, body []byte) error {
	m.said++
	for _, other := range m.staff.members {
		other.hears(body)
	}
	return nil
}

func (m *clerk) Hear(_ string, _ int, fn func([]byte) []byte) (func(), error) {
	m.hears = fn
	return func() {}, nil
}

// post is the call of cron, which reaches one replica.
func (m *clerk) post() int {
	req := handler.Request{Method: http.MethodPost}
	req.WithContext(context.Background())
	res, err := m.Handle(req)
	if err != nil {
		m.staff.t.Fatal(err)
	}
	return res.StatusCode
}

// published returns the functions of the messages since the last call, in order, and checks
// that each message has the subject of the shard of all its functions.
func (s *staff) published() (functions []string) {
	s.t.Helper()
	for _, m := range s.sent {
		var got event.Windows
		if _, err := event.Open(testKeys, event.TypeWindows, m.body, &got); err != nil {
			s.t.Fatal(err)
		}
		for _, f := range got.Windows {
			if want := event.Subject(event.TypeWindows, event.ShardOf(f.Function, staffShards), staffShards); m.env.Subject != want {
				s.t.Errorf("%s is in a message to %q, want %q", f.Function, m.env.Subject, want)
			}
			functions = append(functions, f.Function)
		}
	}
	s.sent = nil
	slices.Sort(functions)
	return functions
}

// A stranger calls a second before cron does. The step that ends in between is published by all.
func TestACallOfAStrangerHidesNoneOfCron(t *testing.T) {
	all := names(40)
	s := newStaff(t, []int{0, 3}, []int{1, 2})
	s.deploy(all...)
	slices.Sort(all)
	s.pass(10*time.Minute, nil)
	cron := s.members[0]
	cron.post()
	next := cron.settled().Add(cron.cfg.Step + cron.cfg.Settle)
	s.published()
	s.now = next.Add(-time.Second)
	cron.post()
	s.now = next
	cron.post()
	if got := s.published(); !slices.Equal(got, all) {
		t.Errorf("windows of %d functions, want %d", len(got), len(all))
	}
}

// Cron reaches one of two replicas. All functions get a window, each from the owner of its
// shard, which keeps nothing of the others.
func TestACallReachesTheOwnersOfAllShards(t *testing.T) {
	all := names(40)
	s := newStaff(t, []int{0, 3}, []int{1, 2})
	s.deploy(all...)
	slices.Sort(all)
	s.pass(10*time.Minute, nil)
	for step := range 3 {
		if code := s.members[step%2].post(); code != http.StatusOK {
			t.Fatalf("answered %d", code)
		}
		if got := s.published(); !slices.Equal(got, all) {
			t.Fatalf("step %d: windows of %d functions, want each of %d once", step, len(got), len(all))
		}
		s.pass(time.Minute, nil)
	}
	for _, m := range s.members {
		for name := range m.cache.windows {
			if !slices.Contains(m.own, event.ShardOf(name, staffShards)) {
				t.Errorf("%s keeps the window of %s", m.name, name)
			}
		}
	}
}

// Anyone may call, as often as they like: the others hear of it once in a twelfth of a step.
func TestAFloodOfCallsIsNotPassedOn(t *testing.T) {
	s := newStaff(t, []int{0, 1}, []int{2, 3})
	s.deploy(a)
	s.pass(10*time.Minute, nil)
	s.members[0].post()
	s.members[0].shards.passed = s.now // the tick has waited for its scrape
	for range 50 {
		s.members[0].passOn()
	}
	if got := s.members[0].said; got != 1 {
		t.Errorf("%d messages", got)
	}
	if got := s.members[1].said; got != 0 {
		t.Errorf("the one who hears it has said %d messages", got)
	}
	s.now = s.now.Add(s.config().Step / restShare)
	s.members[0].passOn()
	if got := s.members[0].said; got != 2 {
		t.Errorf("%d messages after a twelfth of a step", got)
	}
}

// A replica is gone. The other one takes its shards, with windows that reach as far back.
func TestANewOwnerHasTheWholeWindow(t *testing.T) {
	s := newStaff(t, []int{0, 1}, []int{2, 3})
	s.deploy(a, b)
	mine, other := s.members[0], s.members[1]
	if slices.Contains(other.own, event.ShardOf(a, staffShards)) {
		mine, other = other, mine
	}
	s.pass(2*time.Minute, nil)
	for range 3 {
		s.call(a, 2)
		s.pass(time.Minute, nil)
	}
	mine.post()
	s.published()
	other.own, mine.own = []int{0, 1, 2, 3}, nil
	s.call(a, 5)
	s.pass(time.Minute, nil)
	s.members = []*clerk{other}
	other.post()
	for i, m := range s.sent {
		if strings.Contains(string(m.body), a) {
			s.sent = s.sent[:i+1]
		}
	}
	s.counts(a, 2, 2, 2, 5)
	s.sent = nil
	if code := mine.post(); code != http.StatusOK || len(mine.cache.windows) != 0 {
		t.Errorf("the owner of before answers %d and keeps %d windows", code, len(mine.cache.windows))
	}
	if got := s.published(); len(got) != 0 {
		t.Errorf("it publishes %q", got)
	}
}

// A shard is lost between two batches: its windows are left to the new owner, and those of the
// other shard are sent.
func TestALostShardIsNotPublished(t *testing.T) {
	s := newStaff(t, []int{0, 1, 2, 3})
	s.deploy(names(40)...)
	s.pass(10*time.Minute, nil)
	m := s.members[0]
	m.shards.leases = losing{m}
	m.post()
	for _, name := range s.published() {
		if event.ShardOf(name, staffShards) == 2 {
			t.Errorf("%s was published without the lease", name)
		}
	}
}

// losing has lost shard 2, which the tick does not know yet.
type losing struct{ *clerk }

func (l losing) Within(ctx context.Context, shard int) (context.Context, context.CancelFunc, error) {
	if shard == 2 {
		return nil, nil, fmt.Errorf("%w: 2", bus.ErrNotOwner)
	}
	return l.clerk.Within(ctx, shard)
}

// One shard is the default: the subject is that of the type, and nobody is told.
func TestOneShardTellsNobody(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	if got := w.sent[0].env; got.Subject != "" || !strings.HasSuffix(got.ID, "/0") {
		t.Errorf("got %+v", got)
	}
	if _, err := c.Handle(handler.Request{Method: http.MethodGet}); err != nil || errors.Is(err, bus.ErrNotOwner) {
		t.Error(err)
	}
}
