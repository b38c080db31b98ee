package invocation

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	prom "prewarm/shared/prometheus"
)

// DefaultNamespace is that of a function whose label has no namespace: some versions of
// the gateway write "name", others "name.namespace", and one may write both.
const DefaultNamespace = "openfaas-fn"

// Names maps a label function_name of the store to a function, name.namespace. A label
// that is not in it belongs to a function that is not measured: it takes no memory. With
// nil, every label is a function.
type Names map[string]string

// NewNames returns the names of the given functions, with and without their namespace.
// A bare name of functions in several namespaces is that of the default namespace.
func NewNames(functions []string) Names {
	names := make(Names, 2*len(functions))
	for _, f := range functions {
		names[f] = f
		bare, namespace, _ := strings.Cut(f, ".")
		if _, taken := names[bare]; !taken || namespace == DefaultNamespace {
			names[bare] = f
		}
	}
	return names
}

// function returns the function of a label. ok is false if it is not measured.
func (n Names) function(label string) (name string, ok bool) {
	if n != nil {
		name, ok = n[label]
		return name, ok
	}
	if label != "" && !strings.Contains(label, ".") {
		label += "." + DefaultNamespace
	}
	return label, true
}

func (n Names) has(label string) bool {
	_, ok := n.function(label)
	return ok
}

// Series is the samples of one metric of one function on one target, and of one status
// code if the metric has that label.
type Series struct {
	Function string // name.namespace
	Target   string // one gateway as the store scrapes it
	Samples  []prom.Sample
	key      key
	address  [2]string
}

// Chunk counts one stretch of time.
type Chunk struct {
	Grid   prom.Grid
	settle int64 // time at which the next chunk begins
	names  Names
	at     int64 // it is read up to here

	before     State
	counters   map[key]prom.Counter // that have a sample in the chunk, at the latest one
	border     map[key]prom.Counter // the same, at settle
	targets    map[string]target    // that are known, at their latest scrape
	duplicates map[string]target
	functions  map[string]*function
	seen       map[string]bool // metrics that have a series

	// The latest time at which each function was seen to exist: before the slice, with
	// the slice, and up to settle.
	deployed, deployedInSlice, deployedAtSettle map[string]int64

	scrapes  map[string][]int64  // times of each target, rising
	starts   map[string][]scrape // with start times, by target, rising
	restarts map[string]bool     // by target: its process was replaced
	interned map[string]string   // names of targets
	clusters map[string]bool     // label="value" of the labels that name a cluster
	slice    int64               // begin of the slice that is being read
}

// Begin returns a chunk that counts the steps of g, which begins at the time of s. The
// next chunk will begin at settle, a border of g.
func (s State) Begin(g prom.Grid, settle int64, names Names) *Chunk {
	c := &Chunk{
		Grid: g, settle: settle, names: names, at: g.Start, before: s,
		counters: map[key]prom.Counter{}, border: map[key]prom.Counter{},
		targets: maps.Clone(s.targets), duplicates: maps.Clone(s.duplicates),
		functions: map[string]*function{}, seen: maps.Clone(s.seen),
		deployed: maps.Clone(s.deployed), deployedAtSettle: maps.Clone(s.deployed), deployedInSlice: map[string]int64{},
		scrapes: map[string][]int64{}, starts: map[string][]scrape{}, restarts: map[string]bool{}, interned: map[string]string{}, clusters: map[string]bool{},
	}
	if s.targets == nil {
		c.targets, c.duplicates, c.seen = map[string]target{}, map[string]target{}, map[string]bool{}
		c.deployed, c.deployedAtSettle = map[string]int64{}, map[string]int64{}
	}
	return c
}

// At returns the time up to which the chunk is read, Unix ms.
func (c *Chunk) At() int64 { return c.at }

// Read reads the slice of time from At to the given time. After an error the chunk must
// not be used.
func (c *Chunk) Read(ctx context.Context, st Store, to int64) error {
	c.slice = c.at
	// Deployed and Started show which targets there are. They are kept until it is known
	// which of them are duplicates.
	var deployed, started []Series
	keep := func(found *[]Series) func(Series) {
		return func(s Series) {
			c.addScrapes(s)
			*found = append(*found, s)
		}
	}
	if err := c.readMetric(ctx, st, Deployed, to, keep(&deployed)); err != nil {
		return err
	}
	if err := c.readMetric(ctx, st, Started, to, keep(&started)); err != nil {
		return err
	}
	if err := c.readTargets(ctx, st, to); err != nil {
		return err
	}
	c.dropDuplicates(started)
	c.at = to
	c.measureIntervals()
	c.takeEach(deployed, c.takeDeployed)
	c.takeEach(started, c.takeStarted)
	if err := c.readMetric(ctx, st, Ended, to, c.takeEnded); err != nil {
		return err
	}
	if err := c.readMetric(ctx, st, Seconds, to, c.takeSeconds); err != nil {
		return err
	}
	c.endSlice()
	return nil
}

// takeEach passes the series of targets that count to take. Of a shared target it is only
// known that it has the function.
func (c *Chunk) takeEach(all []Series, take func(Series)) {
	for _, s := range all {
		switch t, ok := c.targets[s.Target]; {
		case t.shared:
			c.of(s)
		case ok:
			take(s)
		}
	}
}

// readMetric passes the series of the functions that are measured to take.
func (c *Chunk) readMetric(ctx context.Context, st Store, metric string, to int64, take func(Series)) error {
	return c.each(ctx, st, metric, nil, to, func(s prom.Series) {
		if metric == Deployed {
			c.addCluster(s.Labels)
		}
		own, ok := c.series(metric, s)
		// Deployed and Started come first and tell which targets there are.
		if t, known := c.targets[own.Target]; ok && (metric == Deployed || metric == Started || known && !t.shared) {
			take(own)
		}
	})
}

// readTargets reads what the store says of the gateways themselves. Most programs export
// Process, and every target has Up, so the queries name the instances of the gateways.
func (c *Chunk) readTargets(ctx context.Context, st Store, to int64) error {
	var instances []string
	for _, t := range c.targets {
		instances = append(instances, t.address[0])
	}
	if len(instances) == 0 {
		return nil
	}
	of := anyOf(labelInstance, instances)
	if err := c.each(ctx, st, Process, of, to, c.addStarts); err != nil {
		return err
	}
	return c.each(ctx, st, Up, of, to, c.addTries)
}

// each passes the series of a metric in the slice to take.
func (c *Chunk) each(ctx context.Context, st Store, metric string, m []prom.Matcher, to int64, take func(prom.Series)) error {
	return st.Each(ctx, metric, m, time.UnixMilli(c.slice), time.UnixMilli(to), func(s prom.Series) error {
		if len(s.Samples) > 0 {
			c.seen[metric] = true
			take(s)
		}
		return nil
	})
}

// series returns s as one of a function that is measured, on a target that counts.
func (c *Chunk) series(metric string, s prom.Series) (Series, bool) {
	label := s.Labels[labelFunction]
	name, ok := c.names.function(label)
	if !ok {
		return Series{}, false
	}
	target := c.targetName(s.Labels)
	return Series{name, target, s.Samples, key{metric, label, s.Labels[labelCode], target}, addressOf(s.Labels)}, true
}

// measureIntervals sets the usual time between two scrapes of each target: the median.
func (c *Chunk) measureIntervals() {
	for name, times := range c.scrapes {
		if len(times) < 2 {
			continue
		}
		gaps := make([]int64, len(times)-1)
		for i := range gaps {
			gaps[i] = times[i+1] - times[i]
		}
		slices.Sort(gaps)
		t := c.targets[name]
		t.interval = gaps[len(gaps)/2]
		c.targets[name] = t
	}
}

// Settle returns the state at the time that Begin named, from which the next chunk
// counts on. Counters that missed the scrapes of their target for so long that they
// restarted are dropped, and so are counters and targets that were not seen for longer
// than keep.
func (c *Chunk) Settle(keep time.Duration) State {
	oldest := c.settle - keep.Milliseconds()
	s := State{
		counters: make(map[key]prom.Counter, len(c.before.counters)), names: c.names, seen: c.seen, deployed: c.deployedAtSettle,
		targets: map[string]target{}, duplicates: map[string]target{},
	}
	for k, counter := range c.before.counters {
		s.counters[k] = counter
	}
	maps.Copy(s.counters, c.border)
	for k, counter := range s.counters {
		if next := c.nextScrape(k.target, counter.Last()); next != 0 && next <= c.settle {
			counter.Miss(next)
			s.counters[k] = counter
		}
		_, counts := c.targets[k.target]
		if !counts || counter.Gone(c.lastScrape(k.target, c.settle+1)) || counter.Last() < oldest {
			delete(s.counters, k)
		}
	}
	for name, t := range c.targets {
		if at := c.lastScrape(name, c.settle+1); at >= oldest && at > 0 {
			t.scrape, t.tried = scrape{at, c.started(name, at)}, min(t.tried, c.settle)
			s.targets[name] = t
		}
	}
	maps.DeleteFunc(s.deployed, func(_ string, at int64) bool { return at < oldest })
	for name, t := range c.duplicates {
		if t.at >= oldest {
			t.at = min(t.at, c.settle)
			s.duplicates[name] = t
		}
	}
	return s
}
