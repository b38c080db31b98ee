package collector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	prom "prewarm/shared/prometheus"
)

// A story is an hour of gateways, their calls and a store that scrapes them, drawn at
// random. All of it is known in advance, and time only decides what is visible. Times are
// Unix ms.
//
// What nobody could tell is left out: without start times, a process that is replaced by
// one whose counters are higher; without up, a gateway that is not scraped for as long as
// one that has ended, and of a pair of stores, the one that misses scrapes beside the other.
type story struct {
	seed     uint64
	now      int64
	ups      bool       // the store has up
	starts   bool       // the gateways export the start of their process
	ended    bool       // the store has lost Started: a call counts when it ends
	pair     bool       // two stores of a pair write each gateway, under two names
	interval int64      // between two scrapes
	skew     int64      // of the collector's clock
	lag      int64      // until a sample is visible
	ragged   int64      // by how much the series of one scrape differ in that
	outages  [][2]int64 // nothing is scraped
	gateways int
	running  []*process // every process of a gateway
	series   map[string][]*hidden
	known    map[string]*hidden
	expr     matching
	told     []string
}

// process is one process of a gateway.
type process struct {
	name, renamed string // renamed after renamedAt, if that is not 0
	renamedAt     int64
	began, dies   int64
	base          int        // calls before the story
	unreachable   [2]int64   // the store tries in vain
	calls, ends   []int64    // when they started and ended, rising
	points        [2][]int64 // scrapes as each store of a pair sees them, with begin and end of the process
	scraped       [2][]int64 // scrapes alone
	phase         int64
}

// hidden is a series whose samples become visible one after the other.
type hidden struct {
	prom.Series
	visible []int64
}

const (
	storySteps = 60
	storyBegin = 1_800_000_000_000
	storyEnd   = storyBegin + storySteps*60_000
	minute     = 60_000
)

func (s *story) tell(format string, args ...any) {
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

// at returns a time as minutes and seconds of the story.
func at(t int64) string {
	return fmt.Sprintf("%d:%04.1f", (t-storyBegin)/minute, float64((t-storyBegin)%minute)/1000)
}

func newStory(seed uint64) *story {
	rng := rand.New(rand.NewPCG(seed, 7))
	one := func(n int) bool { return rng.IntN(n) == 0 }
	s := &story{seed: seed, series: map[string][]*hidden{}, known: map[string]*hidden{}, expr: matching{}}
	s.ups, s.starts, s.ended, s.pair = !one(4), !one(3), one(8), one(8)
	s.ups = s.ups || s.pair // see the limits above
	s.interval = []int64{5, 10, 15, 15, 30, 60, 90, 150}[rng.IntN(8)] * 1000
	s.lag, s.ragged = []int64{0, 1500, 8000, 25_000, 45_000}[rng.IntN(5)], []int64{0, 0, 500, 4000}[rng.IntN(4)]
	s.skew = []int64{0, 0, 0, 0, 10_000, -10_000, 2 * minute, -2 * minute}[rng.IntN(8)]
	s.tell("the clock of the collector is %d s ahead", s.skew/1000)
	s.tell("seed %d: scraped every %d s, visible after %.1f to %.1f s, up %v, starts %v, Started lost %v, pair of stores %v",
		seed, s.interval/1000, float64(s.lag)/1000, float64(s.lag+s.ragged)/1000, s.ups, s.starts, s.ended, s.pair)
	for range rng.IntN(3) {
		from := storyBegin + rng.Int64N(50)*minute + rng.Int64N(minute)
		s.outages = append(s.outages, [2]int64{from, from + 20_000 + rng.Int64N(6*minute)})
		s.tell("nothing is scraped from %s to %s", at(s.outages[len(s.outages)-1][0]), at(s.outages[len(s.outages)-1][1]))
	}
	s.gateways = 1 + rng.IntN(2)
	for slot := range s.gateways {
		s.addGateway(rng, slot)
	}
	s.addCalls(rng)
	for _, p := range s.running {
		s.scrape(rng, p)
	}
	return s
}

// addGateway adds the processes of one gateway, one after the other.
func (s *story) addGateway(rng *rand.Rand, slot int) {
	p := &process{name: fmt.Sprintf("gw-%d", slot), began: storyBegin - 3_000_000 - rng.Int64N(1e8), base: 100_000 + rng.IntN(1000), phase: rng.Int64N(s.interval)}
	for t := int64(storyBegin); ; {
		s.running = append(s.running, p)
		p.dies = storyEnd + 1e9
		if rng.IntN(2) == 0 {
			from := max(t, p.began) + rng.Int64N(20*minute)
			// Without up, a gateway that was not scraped for longer counts as gone. The limit
			// is that of invocation.
			most := int64(5 * minute)
			if !s.ups {
				most = max(2*minute, 3*s.interval) - s.interval - 20_000
			}
			p.unreachable = [2]int64{from, from + 1 + rng.Int64N(most)}
			s.tell("%s cannot be scraped from %s to %s", p.name, at(p.unreachable[0]), at(p.unreachable[1]))
		}
		t = max(t, p.began) + 5*minute + rng.Int64N(60*minute)
		if t >= storyEnd {
			return
		}
		next := &process{name: p.name, phase: p.phase}
		switch kind := rng.IntN(4); {
		case kind == 0:
			p.renamedAt, p.renamed = t, p.name+"-renamed"
			s.tell("%s is scraped as %s from %s on", p.name, p.renamed, at(t))
			return
		case kind == 1 && (s.starts || p.base > 0):
			// Without start times, only a counter that falls shows a restart.
			p.dies, next.began = t, t+1+rng.Int64N(20_000)
		default:
			next.name, next.phase = fmt.Sprintf("%s-%d", p.name, len(s.running)), rng.Int64N(s.interval)
			p.dies, next.began = t, t-30_000+rng.Int64N(60_000)
		}
		s.tell("%s ends at %s, %s begins at %s", p.name, at(p.dies), next.name, at(next.began))
		p = next
	}
}

// addCalls adds bursts, flows and long calls to the gateways that run at the time.
func (s *story) addCalls(rng *rand.Rand) {
	for t := int64(storyBegin) - 5*minute; t < storyEnd; {
		n, every := 1+rng.IntN(40), int64(1)
		if rng.IntN(2) == 0 {
			every = 200 + rng.Int64N(9000)
		}
		longest := []int64{300, 3000, 300_000}[rng.IntN(3)]
		for range n {
			t += 1 + rng.Int64N(2*every)
			s.call(rng, t, 1+rng.Int64N(longest))
		}
		t += rng.Int64N(5 * minute)
	}
	for _, p := range s.running {
		slices.Sort(p.calls)
		slices.Sort(p.ends)
	}
}

func (s *story) call(rng *rand.Rand, t, duration int64) {
	var alive []*process
	for _, p := range s.running {
		if p.began < t && t <= p.dies {
			alive = append(alive, p)
		}
	}
	if len(alive) == 0 {
		return
	}
	p := alive[rng.IntN(len(alive))]
	p.calls = append(p.calls, t)
	if t+duration <= p.dies {
		p.ends = append(p.ends, t+duration)
	}
}

func (s *story) String() string { return strings.Join(s.told, "\n  ") }
