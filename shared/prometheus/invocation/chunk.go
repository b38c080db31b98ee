package invocation

import (
	"maps"
	"time"

	prom "prewarm/shared/prometheus"
)

// Series is the samples of one metric of one function on one target, and of one status
// code if the metric has that label.
type Series struct {
	Function string // name.namespace
	Target   string // one gateway as the store scrapes it
	Samples  []prom.Sample
	key      key
	address  address
}

// Chunk counts one stretch of time.
type Chunk struct {
	Grid   prom.Grid
	settle int64 // begin of the next chunk, Unix ms
	names  Names
	at     int64 // end of what was read, Unix ms

	before     State
	counters   map[key]prom.Counter // those with a sample in the chunk, at the latest one
	border     map[key]prom.Counter // the same, as they stand at settle
	targets    map[string]target    // those that count, at their latest scrape
	duplicates map[string]target
	functions  map[string]*function
	seen       map[string]bool // metrics that have a series

	// The latest time at which each function was seen to exist: before the slice, with
	// the slice, and up to settle.
	deployed, deployedInSlice, deployedAtSettle map[string]int64

	scrapes  map[string][]int64  // times of each target, rising
	starts   map[string][]scrape // with start times, by target, rising
	tries    map[string][]int64  // times of Up, by target, rising
	restarts map[string]bool     // by target: its process was replaced
	steady   map[string]int64    // by target: begin of its latest samples without a gap
	lost     map[string]spans    // by target: times whose calls are in no sample
	interned map[string]string   // names of targets
	clusters map[string]bool     // label="value" of the labels that name a cluster
	slice    int64               // begin of the slice that is being read
}

// Begin returns a chunk that counts the steps of g, which begins at the time of s. The
// next chunk will begin at settle (Unix ms), a border between steps of g, and count the
// steps after it again.
func (s State) Begin(g prom.Grid, settle int64, names Names) *Chunk {
	c := &Chunk{
		Grid: g, settle: settle, names: names, at: g.Start, before: s,
		counters: make(map[key]prom.Counter, len(s.counters)), border: make(map[key]prom.Counter, len(s.counters)),
		targets: maps.Clone(s.targets), duplicates: maps.Clone(s.duplicates),
		functions: make(map[string]*function, len(s.deployed)), seen: maps.Clone(s.seen),
		deployed: maps.Clone(s.deployed), deployedAtSettle: maps.Clone(s.deployed), deployedInSlice: make(map[string]int64, len(s.deployed)),
		scrapes: map[string][]int64{}, starts: map[string][]scrape{}, tries: map[string][]int64{},
		restarts: map[string]bool{}, lost: map[string]spans{}, steady: map[string]int64{}, interned: map[string]string{}, clusters: map[string]bool{},
	}
	if s.targets == nil {
		c.targets, c.duplicates, c.seen = map[string]target{}, map[string]target{}, map[string]bool{}
		c.deployed, c.deployedAtSettle = map[string]int64{}, map[string]int64{}
	}
	return c
}

// At returns the time up to which the chunk is read, Unix ms.
func (c *Chunk) At() int64 { return c.at }

// Settle returns the state at the time that Begin named, from which the next chunk
// counts on. Counters that missed the scrapes of their target for so long that they
// restarted are dropped, and so are counters and targets that were not seen for longer
// than keep.
func (c *Chunk) Settle(keep time.Duration) State {
	oldest := c.settle - keep.Milliseconds()
	s := State{
		counters: c.settledCounters(oldest), names: c.names, seen: c.seen, deployed: c.deployedAtSettle, flights: c.settledFlights(oldest),
		targets: map[string]target{}, duplicates: map[string]target{},
	}
	for name, t := range c.targets {
		if at := c.lastScrape(name, c.settle+1); at >= oldest && at > 0 {
			t.unbroken = c.unbroken(name, at)
			t.scrape, t.tried = scrape{at, c.started(name, at)}, c.lastTry(name, c.settle+1)
			s.targets[name] = t
		}
	}
	maps.DeleteFunc(s.deployed, func(_ string, at int64) bool { return at < oldest })
	for name, t := range c.duplicates {
		if t.at >= oldest {
			t.scrape = scrape{min(t.at, c.settle), c.started(name, c.settle)}
			s.duplicates[name] = t
		}
	}
	return s
}

// settledCounters returns the counters at settle, without those that do not count on or
// were not seen since oldest.
func (c *Chunk) settledCounters(oldest int64) map[key]prom.Counter {
	counters := make(map[key]prom.Counter, max(len(c.before.counters), len(c.border)))
	maps.Copy(counters, c.before.counters)
	maps.Copy(counters, c.border)
	for k, counter := range counters {
		if next := c.nextScrape(k.target, counter.Last()); next != 0 && next <= c.settle {
			counter.Miss(next)
			counters[k] = counter
		}
		_, counts := c.targets[k.target]
		if !counts || counter.Gone(c.lastScrape(k.target, c.settle+1)) || counter.Last() < oldest {
			delete(counters, k)
		}
	}
	return counters
}
