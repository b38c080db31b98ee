package rival

import (
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/simulate"
)

// cacheRandom returns functions with random calls, and their memory.
func cacheRandom(seed uint64) (*simulate.Workload, func(int) float64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	counts, memory := make([][]int32, 20), make([]float64, 20)
	for f := range counts {
		memory[f] = float64(1 + rng.IntN(8))
		counts[f] = make([]int32, 300)
		for m := range counts[f] {
			counts[f][m] = max(0, int32(rng.IntN(400)-50-15*f))
		}
	}
	return cacheWorkload(1, counts...), values(memory...)
}

// The heap and the stacks decide as the rule does if each replica stands for itself.
func TestFaasCacheDecidesAsReplicaByReplica(t *testing.T) {
	for seed := range uint64(5) {
		w, memory := cacheRandom(seed)
		start := func(f int) float64 { return float64(1 + f%5) }
		got := cacheDecisions(t, w, NewFaasCache(w, 0.625, memory, start))
		want := cacheDecisions(t, w, &plainCache{share: 0.625, memory: memory, start: start})
		for m := range want {
			if !slices.Equal(got[m], want[m]) {
				t.Fatalf("seed %d, minute %d: warm are %v; want %v", seed, m, got[m], want[m])
			}
		}
	}
}

// plainCache is a list of replicas, with a search over all of them for each eviction.
type plainCache struct {
	share         float64
	most          []int32 // largest need of each function so far
	clock         float64
	memory, start func(int) float64
	frequency     []float64
	replicas      []plainReplica // in the order in which they served last
}

type plainReplica struct {
	function int
	clock    float64
	serves   bool
}

func (*plainCache) Name() string { return "plain" }

func (p *plainCache) Warm(warm []int32, h simulate.History) {
	if h.Minute() == 0 {
		p.frequency, p.most = make([]float64, len(warm)), slices.Repeat([]int32{1}, len(warm))
		return
	}
	minute := h.Minute() - 1
	missing := make([]int32, len(warm))
	for f := range warm {
		p.frequency[f] += float64(h.Counts(f)[minute])
		p.most[f] = max(p.most[f], h.Need(f)[minute])
		missing[f] = h.Need(f)[minute]
		for i := len(p.replicas) - 1; i >= 0 && missing[f] > 0; i-- {
			if r := p.replicas[i]; r.function == f && !r.serves {
				p.replicas = append(slices.Delete(p.replicas, i, i+1), plainReplica{f, p.clock, true})
				missing[f]--
				i = len(p.replicas)
			}
		}
	}
	for f := range warm {
		for range missing[f] {
			p.room(p.memory(f))
			p.replicas = append(p.replicas, plainReplica{f, p.clock, true})
		}
	}
	for i := range p.replicas {
		p.replicas[i].serves = false
	}
	p.room(0)
	for _, r := range p.replicas {
		warm[r.function]++
	}
}

// room evicts replicas that do not serve until there is room, or none is left.
func (p *plainCache) room(size float64) {
	capacity := 0.0
	for f, n := range p.most {
		capacity += p.share * float64(n) * p.memory(f)
	}
	for {
		used, least := size, -1
		for i, r := range p.replicas {
			used += p.memory(r.function)
			if !r.serves && (least < 0 || p.before(r, p.replicas[least])) {
				least = i
			}
		}
		if used <= capacity || least < 0 {
			return
		}
		evicted := p.replicas[least]
		p.clock = max(p.clock, p.priority(evicted))
		p.replicas = slices.Delete(p.replicas, least, least+1)
		if !slices.ContainsFunc(p.replicas, func(r plainReplica) bool { return r.function == evicted.function }) {
			p.frequency[evicted.function] = 0
		}
	}
}

func (p *plainCache) priority(r plainReplica) float64 {
	return r.clock + p.frequency[r.function]*(p.start(r.function)/p.memory(r.function))
}

func (p *plainCache) before(a, b plainReplica) bool {
	x, y := p.priority(a), p.priority(b)
	return x < y || x == y && a.function < b.function
}

// BenchmarkFaasCache decides on 20 functions over 300 minutes.
func BenchmarkFaasCache(b *testing.B) {
	w, memory := cacheRandom(1)
	b.ReportAllocs()
	for b.Loop() {
		p := NewFaasCache(w, 0.5, memory, func(int) float64 { return 1 })
		if err := simulate.Run(b.Context(), w, p); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(w.Functions)*w.Minutes), "ns/minute")
}

// BenchmarkSPES decides on the same, the categorisations of five hours among it.
func BenchmarkSPES(b *testing.B) {
	w, _ := cacheRandom(1)
	b.ReportAllocs()
	for b.Loop() {
		if err := simulate.Run(b.Context(), w, NewSPES(w)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(w.Functions)*w.Minutes), "ns/minute")
}
