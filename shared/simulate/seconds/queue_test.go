package seconds

import (
	"math"
	"math/rand/v2"
	"testing"
)

// poisson returns n calls of a Poisson process of the given rate per second, with
// exponential durations of mean 1 s, or of exactly 1 s.
func poisson(rng *rand.Rand, n int, rate float64, exponential bool) []call {
	calls, at := make([]call, n), 0.0
	for i := range calls {
		at += rng.ExpFloat64() / rate
		calls[i] = call{at: at, duration: 1}
		if exponential {
			calls[i].duration = rng.ExpFloat64()
		}
	}
	return calls
}

// replay lets calls come to a number of replicas that never changes, and returns the pool.
func replay(calls []call, replicas, concurrency int64) *pool {
	p := platform(concurrency, replicas)
	minute := 0
	for _, c := range calls {
		for ; c.at >= float64(minute+1)*minuteSeconds; minute++ {
			p.begin(float64(minute+1)*minuteSeconds, replicas)
		}
		p.call(c.at, c.duration, math.Inf(1))
	}
	p.drain()
	return p
}

// Without starts the platform is a queue of the textbook. The mean waits are those of
// Erlang's C for exponential durations, and of Pollaczek and Khinchine for constant ones.
//
// Source: Kleinrock, "Queueing Systems", volume 1, 1975, sections 3.5 and 5.6.
func TestWaitsAreThoseOfQueueingTheory(t *testing.T) {
	for _, c := range []struct {
		name        string
		replicas, k int64
		rate        float64
		exponential bool
		want        float64
	}{
		{"M/M/1 at half load: rho / (mu - lambda)", 1, 1, 0.5, true, 1},
		{"M/M/1 at 0.8", 1, 1, 0.8, true, 4},
		{"M/D/1 at half load: half of M/M/1", 1, 1, 0.5, false, 0.5},
		{"M/M/2 at half load: C = 1/3, C / (2 mu - lambda)", 2, 1, 1, true, 1.0 / 3},
		{"one replica for two calls is the same queue", 1, 2, 1, true, 1.0 / 3},
	} {
		calls := poisson(rand.New(rand.NewPCG(1, 2)), 400_000, c.rate, c.exponential)
		p := replay(calls, c.replicas, c.k)
		if got := p.total / float64(p.calls); math.Abs(got-c.want) > 0.04*c.want {
			t.Errorf("%s: mean wait %v s, want %v", c.name, got, c.want)
		}
	}
}

// With the same calls and no starts, one more replica never makes the calls wait longer.
func TestMoreReplicasNeverMeanLongerWaits(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 7))
		calls := poisson(rng, 500, 0.2+4*rng.Float64(), true)
		longest := math.Inf(1)
		for replicas := int64(1); replicas <= 12; replicas++ {
			p := replay(calls, replicas, 1)
			if p.total > longest+1e-6 {
				t.Fatalf("seed %d: %d replicas wait %v s, one less %v s", seed, replicas, p.total, longest)
			}
			longest = p.total
		}
	}
}

// Whatever comes and whatever is decided: each call is served, and in the end no replica
// runs any.
func TestEveryCallIsServed(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 8))
		p := platform(1+rng.Int64N(3), 0)
		var came int64
		for m := range 20 {
			begin := float64(m) * minuteSeconds
			p.begin(begin, rng.Int64N(4))
			for at := begin + 20*rng.ExpFloat64(); at < begin+minuteSeconds; at += 10 * rng.ExpFloat64() {
				duration := 40 * rng.ExpFloat64() * float64(rng.IntN(2))
				for range 1 + rng.Int64N(5) {
					p.call(at, duration, LogNormal{Mu: 1, Sigma: 1.5}.Draw(rng))
					came++
				}
			}
			if p.free > 0 && p.queued > 0 {
				t.Fatalf("seed %d: %d calls wait beside %d free slots", seed, p.queued, p.free)
			}
			if p.queued > p.coming*p.concurrency {
				t.Fatalf("seed %d: %d calls wait for %d replicas that start", seed, p.queued, p.coming)
			}
		}
		p.drain()
		p.advance(math.MaxFloat64)
		if p.calls != came || p.queued != 0 || p.busy != 0 || p.free != p.ready*p.concurrency || p.coming != 0 {
			t.Fatalf("seed %d: of %d calls, %d are counted, %d wait and %d run; %d slots are free, of %d replicas, and %d start",
				seed, came, p.calls, p.queued, p.busy, p.free, p.ready, p.coming)
		}
	}
}
