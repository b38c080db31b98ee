package bus_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/testbed"
)

// length is that of the leases of a step of a minute.
const length = 30 * time.Second

// fleet is some replicas of a part. Their time is virtual, their NATS is real.
type fleet struct {
	t        *testing.T
	bus      *bus.Bus
	shards   int
	now      time.Time
	replicas []*replica
}

// replica is one of a fleet.
type replica struct {
	*bus.Leases
	silent bool  // it makes no rounds: it is stopped, or cut off from NATS
	taken  []int // shards, in the order of the calls
	lost   []int
}

func newFleet(t *testing.T, shards, replicas int) *fleet {
	t.Helper()
	f := &fleet{t: t, bus: startNATS(t).connect(), shards: shards, now: time.Now()}
	testbed.Eventually(t, "NATS answers", func() bool { return f.bus.EnsureStreams(context.Background()) == nil })
	for range replicas {
		f.add(shards)
	}
	return f
}

// add adds a replica that is configured with a number of shards.
func (f *fleet) add(shards int) *replica {
	r := &replica{}
	r.Leases = f.bus.Leases(bus.LeaseConfig{
		Part: "scaler", Shards: shards, Length: length,
		Taken: func(shard int) { r.taken = append(r.taken, shard) }, Lost: func(shard int) { r.lost = append(r.lost, shard) },
	})
	r.SetClock(func() time.Time { return f.now })
	f.replicas = append(f.replicas, r)
	return r
}

// pass lets time pass, with a round of each replica every third of a lease.
func (f *fleet) pass(d time.Duration) {
	f.t.Helper()
	for ; d > 0; d -= length / 3 {
		f.now = f.now.Add(length / 3)
		for _, r := range f.replicas {
			if !r.silent {
				f.round(r)
			}
		}
	}
}

// round is a round of one replica.
func (f *fleet) round(r *replica) {
	f.t.Helper()
	if err := r.Once(context.Background()); err != nil {
		f.t.Fatal(err)
	}
	f.check()
}

// check checks that no shard has two owners.
func (f *fleet) check() {
	f.t.Helper()
	owners := map[string]int{}
	for i, r := range f.replicas {
		for _, shard := range r.Owned() {
			key := fmt.Sprintf("%d of %d", shard, r.Shards())
			if other, taken := owners[key]; taken {
				f.t.Fatalf("shard %s has the owners %d and %d", key, other, i)
			}
			owners[key] = i
		}
	}
}

// owned returns how many shards each replica owns.
func (f *fleet) owned() []int {
	var counts []int
	for _, r := range f.replicas {
		counts = append(counts, len(r.Owned()))
	}
	return counts
}

// shared checks that each shard has an owner, and each replica about as many as the others.
func (f *fleet) shared(what string) {
	f.t.Helper()
	total, counts := 0, []int{}
	for _, r := range f.replicas {
		if !r.silent {
			total, counts = total+len(r.Owned()), append(counts, len(r.Owned()))
		}
	}
	if total != f.shards || slices.Max(counts)-slices.Min(counts) > 1 {
		f.t.Fatalf("%s: the replicas own %v of %d shards", what, f.owned(), f.shards)
	}
}

// A first replica owns everything. The second and the third get their share, and no shard
// has two owners meanwhile.
func TestANewReplicaGetsItsShare(t *testing.T) {
	f := newFleet(t, 4, 1)
	f.pass(length)
	if got := f.owned(); got[0] != 0 {
		t.Fatalf("what the bucket may have lost is owned at once: %v", got)
	}
	f.pass(length)
	f.shared("one replica")
	f.add(4)
	f.pass(length)
	f.shared("two replicas")
	f.add(4)
	f.pass(length)
	f.shared("three replicas")
	moved := len(f.replicas[0].lost) + len(f.replicas[1].lost)
	if moved > 4 {
		t.Errorf("%d leases moved, want the surplus alone", moved)
	}
}

// A replica is killed. The others have its shards before two steps are over.
func TestTheShardsOfASilentOwnerAreTakenOver(t *testing.T) {
	f := newFleet(t, 8, 3)
	f.pass(3 * length)
	f.shared("three replicas")
	f.replicas[1].silent = true
	f.pass(2 * length / 3)
	if got := len(f.replicas[0].Owned()) + len(f.replicas[2].Owned()); got == 8 {
		t.Fatal("the shards of an owner were taken that may still act")
	}
	f.pass(length)
	f.shared("the second replica is silent")
}

// A process is stopped in the middle of its work, and goes on when others own its shards.
func TestAStoppedOwnerThatResumesActsNoMore(t *testing.T) {
	f := newFleet(t, 2, 2)
	f.pass(3 * length)
	old, other := f.replicas[0], f.replicas[1]
	shard := old.Owned()[0]
	leave, err := old.Enter(shard)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	old.silent = true
	f.now = f.now.Add(length * 5 / 6) // the end of its right, before anybody else has it
	if _, _, err := old.Within(t.Context(), shard); !errors.Is(err, bus.ErrNotOwner) {
		t.Errorf("a call after five sixths of the lease: got %v", err)
	}
	if _, err := old.Enter(shard); !errors.Is(err, bus.ErrNotOwner) {
		t.Errorf("work after five sixths of the lease: got %v", err)
	}
	f.pass(2 * length)
	if len(other.Owned()) != 2 {
		t.Fatalf("the other replica owns %v", other.Owned())
	}
	if len(old.lost) != 0 {
		t.Error("a stopped process has noticed something")
	}
	old.silent = false
	f.round(old)
	if !slices.Contains(old.lost, shard) || len(old.Owned()) != 0 {
		t.Errorf("the owner of before has lost %v and owns %v", old.lost, old.Owned())
	}
	f.pass(length)
	f.shared("both replicas live again")
}

// A call to the outside ends before anybody else can own the shard.
func TestACallEndsWithItsLease(t *testing.T) {
	f := newFleet(t, 2, 1)
	f.pass(2 * length)
	f.now = f.now.Add(20 * time.Second)
	ctx, cancel, err := f.replicas[0].Within(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	if end, ok := ctx.Deadline(); !ok || time.Until(end) > 5*time.Second {
		t.Errorf("20 s after the renewal a call may last until %v", time.Until(end))
	}
}

// A replica is stopped by a rollout: its leases are free at once.
func TestAReleasedLeaseIsTakenInTheNextRound(t *testing.T) {
	f := newFleet(t, 4, 2)
	f.pass(3 * length)
	f.replicas[0].silent = true
	f.replicas[0].Release(t.Context())
	if got := f.replicas[0].Owned(); len(got) != 0 {
		t.Fatalf("after the release it owns %v", got)
	}
	f.round(f.replicas[1])
	f.shared("the first replica has ended")
}

// A surplus lease is in use: it moves when the work is done.
func TestALeaseInUseIsNotGivenUp(t *testing.T) {
	f := newFleet(t, 2, 1)
	f.pass(2 * length)
	var leaves []func()
	for shard := range 2 {
		leave, err := f.replicas[0].Enter(shard)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	f.add(2)
	f.pass(length)
	if got := f.owned(); got[0] != 2 {
		t.Fatalf("a batch is in work, and the replicas own %v", got)
	}
	if _, err := f.replicas[0].Enter(1); !errors.Is(err, bus.ErrNotOwner) {
		t.Errorf("new work on a shard that is about to move: got %v", err)
	}
	if _, cancel, err := f.replicas[0].Within(t.Context(), 1); err != nil {
		t.Errorf("the work that goes on: got %v", err)
	} else {
		cancel()
	}
	for _, leave := range leaves {
		leave()
	}
	f.pass(length)
	f.shared("the batch is done")
}

// NATS has lost the bucket. No lease is taken while its owner may still rely on it.
func TestALostBucketGivesNoShardTwoOwners(t *testing.T) {
	f := newFleet(t, 4, 3)
	f.pass(3 * length)
	f.shared("three replicas")
	if err := f.bus.JetStream().DeleteKeyValue(t.Context(), bus.LeasesBucket); err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Backward(f.replicas) { // the others rely on their leases
		f.round(r)
	}
	f.pass(2 * length)
	f.shared("a new bucket")
}

// NATS was away for longer than a lease. Its owners get their shards back, and nobody takes
// them for silent.
func TestAnOutageOfNATSMovesNoShard(t *testing.T) {
	f := newFleet(t, 4, 2)
	f.pass(3 * length)
	before := [][]int{f.replicas[0].Owned(), f.replicas[1].Owned()}
	moved := len(f.replicas[0].lost) + len(f.replicas[1].lost)
	f.now = f.now.Add(3 * length)
	if got := f.owned(); got[0]+got[1] != 0 {
		t.Fatalf("without NATS they own %v", got)
	}
	f.pass(length)
	for i, r := range f.replicas {
		if !slices.Equal(r.Owned(), before[i]) {
			t.Errorf("replica %d owns %v, before %v", i, r.Owned(), before[i])
		}
	}
	if got := len(f.replicas[0].lost) + len(f.replicas[1].lost); got != moved {
		t.Errorf("%d shards were lost in the outage", got-moved)
	}
}

// During a rollout with another number of shards, the new replicas wait for the old ones.
func TestAnotherNumberOfShardsWaits(t *testing.T) {
	f := newFleet(t, 4, 1)
	f.pass(2 * length)
	next := f.add(8)
	f.pass(3 * length)
	if got := f.owned(); got[0] != 4 || got[1] != 0 {
		t.Fatalf("old and new replica own %v", got)
	}
	f.replicas[0].silent = true
	f.replicas[0].Release(t.Context())
	f.pass(length)
	if got := next.Owned(); len(got) != 8 {
		t.Errorf("the new replica owns %v", got)
	}
}

// Replicas come, go silent, resume and end in any order. At no time has a shard two owners,
// and in the end all are shared out.
func TestNoShardHasTwoOwnersWhateverHappens(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 0))
		f := newFleet(t, 5, 4)
		for range 150 {
			f.now = f.now.Add(time.Duration(rng.Int64N(int64(length / 4))))
			r := f.replicas[rng.IntN(len(f.replicas))]
			if rng.IntN(12) == 0 {
				r.silent = !r.silent
			}
			if f.check(); !r.silent {
				f.round(r)
			}
		}
		for _, r := range f.replicas {
			r.silent = false
		}
		f.pass(4 * length)
		f.shared(fmt.Sprintf("seed %d", seed))
	}
}
