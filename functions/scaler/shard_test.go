package scaler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// ring is some replicas of the scaler with four shards, and what they reach each other by.
type ring struct {
	*world
	mu       sync.Mutex
	owners   map[int]*member // by shard
	heard    map[string]func([]byte) []byte
	subjects []string // of what was published
	replayed []string // subjects that were read
	members  []*member
}

// member is one replica of a ring. It implements Leases.
type member struct {
	*Scaler
	ring  *ring
	users atomic.Int32 // calls of Enter without their leave
}

const ringShards = 4

func newRing(t *testing.T, replicas int) *ring {
	r := &ring{world: newWorld(t, openfaas.ModeActive), owners: map[int]*member{}, heard: map[string]func([]byte) []byte{}}
	for range replicas {
		m := &member{ring: r}
		m.Scaler = NewFrom(r.scaler.cfg, r, r, func() time.Time { return r.now }, testLog())
		m.shards = newShards(m.Scaler, m, r, time.Second)
		r.members = append(r.members, m)
	}
	return r
}

// give makes a replica the owner of a shard; nil for none.
func (r *ring) give(shard int, to *member) {
	before := r.owners[shard]
	r.mu.Lock()
	r.owners[shard] = to
	r.mu.Unlock()
	if before != nil {
		before.shards.lose(shard)
	}
	if to != nil {
		to.shards.take(shard)
	}
}

func (m *member) Shards() int { return ringShards }

func (m *member) Owned() (owned []int) {
	m.ring.mu.Lock()
	defer m.ring.mu.Unlock()
	for shard, owner := range m.ring.owners {
		if owner == m {
			owned = append(owned, shard)
		}
	}
	slices.Sort(owned)
	return owned
}

func (m *member) Enter(shard int) (func(), error) {
	if !slices.Contains(m.Owned(), shard) {
		return nil, bus.ErrNotOwner
	}
	m.users.Add(1)
	return func() { m.users.Add(-1) }, nil
}

func (m *member) Within(ctx context.Context, shard int) (context.Context, context.CancelFunc, error) {
	if !slices.Contains(m.Owned(), shard) {
		return nil, nil, bus.ErrNotOwner
	}
	ctx, cancel := context.WithCancel(ctx)
	return ctx, cancel, nil
}

func (r *ring) Ask(_ context.Context, subject string, body []byte) ([]byte, error) {
	r.mu.Lock()
	fn := r.heard[subject]
	r.mu.Unlock()
	if fn == nil {
		return nil, bus.ErrNotOwner
	}
	return fn(body), nil
}

func (r *ring) Hear(subject string, _ int, fn func([]byte) []byte) (func(), error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard[subject] = fn
	return func() {}, nil
}

func (r *ring) Publish(ctx context.Context, env event.Envelope, body []byte) error {
	r.subjects = append(r.subjects, env.Subject)
	return r.world.Publish(ctx, env, body)
}

func (r *ring) ReplayAfter(ctx context.Context, subject string, after uint64, since time.Duration, fn func([]byte)) (uint64, error) {
	r.replayed = append(r.replayed, subject)
	return r.world.ReplayAfter(ctx, subject, after, since, fn)
}

// post sends a batch to a replica.
func (r *ring) post(to *member, body []byte, want int) string {
	r.t.Helper()
	r.world.scaler = to.Scaler
	return r.world.post(body, want)
}

// inShard deploys a function of a shard.
func (r *ring) inShard(shard int) string {
	for i := 0; ; i++ {
		name := fmt.Sprintf("f%d-%d.openfaas-fn", shard, i)
		if event.ShardOf(name, ringShards) == shard {
			r.deploy(name, 0, openfaas.ModeActive)
			return name
		}
	}
}

// A batch comes to a replica that does not own its shard: the owner decides it, and the caller
// gets the owner's answer.
func TestABatchOfAnotherShardIsPassedToItsOwner(t *testing.T) {
	r := newRing(t, 2)
	called, owner := r.members[0], r.members[1]
	r.give(1, owner)
	fn := r.inShard(1)
	body := r.seal(r.forecast(fn, 2))
	r.post(called, body, 200)
	if got := r.calls; !slices.Equal(got, []string{fn + "=2"}) {
		t.Fatalf("scale calls: %q", got)
	}
	if got := r.subjects; !slices.Equal(got, []string{"prewarm.decisions.1"}) {
		t.Errorf("decisions are published to %q", got)
	}
	if got := r.replayed; !slices.Equal(got, []string{"prewarm.decisions.1"}) {
		t.Errorf("the owner reads %q", got)
	}
	if text := r.post(called, body, 409); !strings.Contains(text, "applied before") {
		t.Errorf("the second delivery: %q", text)
	}
	if len(owner.shards.owned[1].state.functions) != 1 || len(called.state.functions) != 0 {
		t.Error("the replica that was called keeps the function")
	}
}

// Nobody owns the shard yet: the connector tries again, and finds the owner.
func TestABatchOfAShardWithoutAnOwnerIsTriedAgain(t *testing.T) {
	r := newRing(t, 2)
	fn := r.inShard(2)
	body := r.seal(r.forecast(fn, 1))
	r.post(r.members[0], body, 503)
	if len(r.calls) != 0 {
		t.Fatalf("scaled without an owner: %q", r.calls)
	}
	r.give(2, r.members[0])
	r.post(r.members[1], body, 200)
	if len(r.calls) != 1 || len(r.decisions()) != 1 {
		t.Errorf("%q, %d decisions", r.calls, len(r.decisions()))
	}
}

// The number of shards has changed: a batch of before has functions of three shards. Each owner
// decides its own, and nothing is decided twice if one of them is missing at first.
func TestABatchOfAnotherNumberOfShardsReachesAllOwners(t *testing.T) {
	r := newRing(t, 2)
	names := []string{r.inShard(0), r.inShard(1), r.inShard(2)}
	r.give(0, r.members[0])
	r.give(1, r.members[1])
	body := r.seal(r.forecast(names[0], 1), r.forecast(names[1], 1), r.forecast(names[2], 1))
	r.post(r.members[0], body, 503) // shard 2 has no owner
	r.give(2, r.members[1])
	r.post(r.members[1], body, 200)
	r.post(r.members[0], body, 409)
	decided := map[string]int{}
	for _, d := range r.decisions() {
		decided[d.Function]++
	}
	for _, name := range names {
		if decided[name] != 1 {
			t.Errorf("%s was decided %d times", name, decided[name])
		}
	}
	if len(r.calls) != 3 {
		t.Errorf("scale calls: %q", r.calls)
	}
}

// The owner dies after it has decided. The next one reads what was decided, and does nothing
// twice. It keeps nothing of other shards.
func TestANewOwnerKnowsWhatWasDecided(t *testing.T) {
	r := newRing(t, 2)
	fn, other := r.inShard(3), r.inShard(0)
	r.give(3, r.members[0])
	r.give(0, r.members[0])
	body := r.seal(r.forecast(fn, 2))
	r.post(r.members[0], body, 200)
	r.post(r.members[0], r.seal(r.forecast(other, 2)), 200)
	r.give(3, r.members[1])
	r.post(r.members[1], body, 409)
	if len(r.calls) != 2 {
		t.Errorf("scale calls: %q", r.calls)
	}
	state := r.members[1].shards.owned[3].state
	if got := state.functions[fn]; got == nil || got.applied != 2 {
		t.Errorf("the new owner knows %+v", got)
	}
	if state.functions[other] != nil {
		t.Error("it keeps a function of another shard")
	}
}

// The owner scales, and hands its shard over within a second. The new one has a view from before,
// and takes nothing for a change by another controller.
func TestANewOwnerDecidesOnAViewAfterThatOfTheOldOne(t *testing.T) {
	r := newRing(t, 2)
	old, next := r.members[0], r.members[1]
	fn, other := r.inShard(3), r.inShard(0)
	r.give(3, old)
	r.give(0, next)
	r.now = r.now.Truncate(time.Minute).Add(59 * time.Second)
	r.post(next, r.seal(r.forecast(other, 0)), 200) // the view
	r.post(old, r.seal(r.forecast(fn, 4)), 200)
	r.give(3, next)
	r.now = r.now.Add(time.Second)
	r.post(next, r.seal(r.forecast(fn, 4)), 200)
	if d := r.last(); d.Function != fn || d.Current != 4 || d.SetBack != nil {
		t.Errorf("got %+v", d)
	}
}

// A replica loses a shard while a batch is in work: from there on it neither scales nor
// publishes, and its series are gone.
func TestAnOwnerThatHasLostItsShardActsNoMore(t *testing.T) {
	r := newRing(t, 2)
	fn := r.inShard(1)
	r.give(1, r.members[0])
	body := r.seal(r.forecast(fn, 1))
	r.post(r.members[0], body, 200)
	before := r.members[0].shards.owned[1]
	if _, found := before.metrics.exported[fn]; !found {
		t.Fatal("the owner exports nothing")
	}
	r.give(1, r.members[1])
	if _, found := before.metrics.exported[fn]; found {
		t.Error("two replicas export the function")
	}
	r.tick()
	ctx := context.Background()
	if err := before.gateway.Scale(ctx, fn, 5); !errors.Is(err, bus.ErrNotOwner) {
		t.Errorf("a scale call without the lease: %v", err)
	}
	if err := before.bus.Publish(ctx, event.Envelope{Type: event.TypeDecisions, ID: "late"}, nil); !errors.Is(err, bus.ErrNotOwner) {
		t.Errorf("a decision without the lease: %v", err)
	}
	if len(r.calls) != 1 || len(r.stream) != 1 {
		t.Errorf("%q, %d messages", r.calls, len(r.stream))
	}
}

// A replica loses its shard while a batch waits for the gateway, and takes it again. The batch is
// of the first time: it neither decides nor writes series.
func TestABatchDoesNotOutliveTheShard(t *testing.T) {
	r := newRing(t, 2)
	fn := r.inShard(1)
	r.give(1, r.members[0])
	before := r.members[0].shards.owned[1]
	r.members[0].views.list = func(context.Context) ([]openfaas.Function, error) {
		r.give(1, r.members[1])
		if _, found := before.metrics.exported[fn]; found {
			t.Error("the function is exported already")
		}
		r.give(1, r.members[0])
		return r.List(t.Context())
	}
	r.post(r.members[0], r.seal(r.forecast(fn, 1)), 503)
	if _, found := before.metrics.exported[fn]; found || len(r.calls) > 0 {
		t.Errorf("scale calls: %q; exported: %v", r.calls, found)
	}
	if err := before.gateway.Scale(t.Context(), fn, 5); !errors.Is(err, bus.ErrNotOwner) {
		t.Errorf("a scale call of the first time: %v", err)
	}
}

// A raise between two steps is work for the shard, as a batch is: a hand-over waits for it, and
// without the lease there is none.
func TestAShardIsNotHandedOverDuringARaise(t *testing.T) {
	r := newRing(t, 1)
	fn, m := r.inShard(1), r.members[0]
	r.give(1, m)
	own, users := m.shards.owned[1], int32(-1)
	own.watch = &watch{interval: 2 * time.Second}
	r.functions[fn].Replicas, r.functions[fn].Available = 1, 1
	r.post(m, r.seal(r.forecast(fn, 1)), 200)
	own.gateway = scaling{own.gateway, func() { users = m.users.Load() }}
	burst := map[string]calls{fn: {inFlight: 3}}
	own.raise(t.Context(), own.views.newest(), burst)
	if len(r.calls) != 1 || users != 1 || m.users.Load() != 0 {
		t.Errorf("calls %q; %d users during it, %d after it", r.calls, users, m.users.Load())
	}
	r.owners[1] = nil
	own.raise(t.Context(), own.views.newest(), map[string]calls{fn: {inFlight: 9}})
	if len(r.calls) != 1 {
		t.Errorf("raised without the lease: %q", r.calls)
	}
}

// scaling is a gateway that tells of each scale call.
type scaling struct {
	Gateway
	begins func()
}

func (g scaling) Scale(ctx context.Context, function string, replicas int) error {
	g.begins()
	return g.Gateway.Scale(ctx, function, replicas)
}

// What other replicas pass on is a message from outside: the signature counts alone.
func TestAForgedBatchIsRefusedByTheOwner(t *testing.T) {
	r := newRing(t, 2)
	r.give(1, r.members[1])
	fn := r.inShard(1)
	forged := strings.Replace(string(r.seal(r.forecast(fn, 1))), `"m1"`, `"m2"`, 1)
	for body, want := range map[string]string{forged: "401 ", "": "400 ", "{}": "400 "} {
		if got, _ := r.Ask(t.Context(), "prewarm.scaler.4.1", []byte(body)); !strings.Contains(string(got), " "+want) {
			t.Errorf("%.20q: answered %q, want %s", body, got, want)
		}
	}
	foreign := r.seal(r.forecast(r.inShard(2), 1))
	if got, _ := r.Ask(t.Context(), "prewarm.scaler.4.1", foreign); !strings.Contains(string(got), " 409 ") {
		t.Errorf("a batch of another shard: answered %q", got)
	}
	if len(r.calls) != 0 {
		t.Errorf("scale calls: %q", r.calls)
	}
}

// Whoever may answer on NATS, and has no key, cannot make a batch seem applied; nor can a true
// answer to another batch.
func TestAnAnswerWithoutTheKeyAppliesNothing(t *testing.T) {
	r := newRing(t, 2)
	r.give(1, r.members[1])
	body := r.seal(r.forecast(r.inShard(1), 1))
	other, own := event.NewKeys("", []byte("another key of thirty-two bytes.")), r.scaler.cfg.Keys
	for story, reply := range map[string][]byte{
		"no signature":             []byte("200 applied"),
		"another key":              answer(other, body, nil),
		"the answer of another":    answer(own, []byte("another batch"), nil),
		"another text":             bytes.Replace(answer(own, body, errReplayed), []byte("409"), []byte("200"), 1),
		"a status without meaning": answer(own, body, errors.New("who knows")),
	} {
		if err := parseAnswer(own, body, reply); !errors.Is(err, errOwner) {
			t.Errorf("%s: got %v", story, err)
		}
	}
	if err := parseAnswer(own, body, answer(own, body, nil)); err != nil {
		t.Error(err)
	}
	if err := parseAnswer(own, body, answer(own, body, errReplayed)); !errors.Is(err, errReplayed) {
		t.Errorf("got %v", err)
	}
}

// A panic in a batch that was passed on is an error of that batch, which is tried again.
func TestAPanicInAPassedBatchIsAnAnswer(t *testing.T) {
	r := newRing(t, 2)
	r.give(1, r.members[1])
	r.members[1].shards.owned[1].Scaler = nil
	body := r.seal(r.forecast(r.inShard(1), 1))
	if err := r.members[0].shards.pass(t.Context(), 1, body); !errors.Is(err, errOwner) {
		t.Errorf("got %v", err)
	}
}

// FuzzAnswer reads any answer of an owner. Only one that the owner has signed is a success.
func FuzzAnswer(f *testing.F) {
	keys, body := event.NewKeys("", []byte("a key of at least thirty-two bytes")), []byte("a batch")
	f.Add("200 applied")
	f.Add(string(answer(keys, body, nil)))
	f.Add(string(answer(keys, body, errReplayed)))
	f.Add("503 ")
	f.Fuzz(func(t *testing.T, reply string) {
		if err := parseAnswer(keys, body, []byte(reply)); err == nil && !strings.EqualFold(reply, string(answer(keys, body, nil))) {
			t.Errorf("%q is a success", reply)
		}
	})
}
