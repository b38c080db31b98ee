package invocation

import (
	"cmp"
	"maps"
	"slices"

	prom "prewarm/shared/prometheus"
)

// dropDuplicates finds duplicate targets: two that read the same gateway, whose calls
// would count twice. These are two scrape jobs, or two stores of a pair that are
// federated or write into a third. Of two, the one that counted before stays, or else
// the one that was scraped first.
func (c *Chunk) dropDuplicates(started []Series) {
	names := slices.Sorted(maps.Keys(c.scrapes))
	counted := func(name string) int { return min(1, int(c.before.targets[name].at)) }
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counted(b), counted(a)), cmp.Compare(c.scrapes[a][0], c.scrapes[b][0]))
	})
	var kept []string
	for _, name := range names {
		if !slices.ContainsFunc(kept, func(other string) bool { return c.same(name, other, started) }) {
			kept = append(kept, name)
			delete(c.duplicates, name)
			continue
		}
		c.duplicates[name] = c.targets[name]
		delete(c.scrapes, name)
		delete(c.targets, name)
		for _, counters := range []map[key]prom.Counter{c.counters, c.border} {
			maps.DeleteFunc(counters, func(k key, _ prom.Counter) bool { return k.target == name })
		}
	}
}

// same reports whether two targets have one instance and one process, and are scraped
// during the same time. A target that is scraped only after the last scrape of the
// other is its new name, not a duplicate.
func (c *Chunk) same(a, b string, started []Series) bool {
	ta, tb := c.targets[a], c.targets[b]
	if ta.address[0] != tb.address[0] || ta.address[2] != tb.address[2] || c.since(a) > tb.at+c.grace(a, tb) || c.since(b) > ta.at+c.grace(b, ta) {
		return false
	}
	startsA, startsB := c.startsOf(a), c.startsOf(b)
	if len(startsA) > 0 && len(startsB) > 0 {
		// One that both had is enough: after a restart, one of them is scraped first.
		return slices.ContainsFunc(startsA, func(x int64) bool {
			return slices.ContainsFunc(startsB, func(y int64) bool { return !differ(x, y) })
		})
	}
	return oneProcess(a, b, started)
}

// grace returns by how much a target may be scraped after the last scrape of another and
// still be its duplicate. If it was one before, the scrapes of both may have ended at once,
// of the other one first.
func (c *Chunk) grace(name string, other target) int64 {
	_, before := c.before.duplicates[name]
	if _, now := c.duplicates[name]; now || before {
		return other.interval
	}
	return 0
}

// startsOf returns the known start times of a target, in the chunk and before it.
func (c *Chunk) startsOf(name string) (out []int64) {
	for _, before := range []map[string]target{c.before.targets, c.before.duplicates} {
		if start := before[name].started; start != 0 {
			out = append(out, start)
		}
	}
	for _, x := range c.starts[name] {
		if x.started != 0 && (len(out) == 0 || x.started != out[len(out)-1]) {
			out = append(out, x.started)
		}
	}
	return out
}

// oneProcess reports whether the counters of two targets can be those of one process:
// no sample of one is below the last but one of the other before it. The last one itself
// may be higher, since the clocks of two stores differ. It tells targets of one instance
// apart that do not export their start, such as gateways of one address in two clusters.
func oneProcess(a, b string, started []Series) bool {
	samples := map[string]map[string][]prom.Sample{a: {}, b: {}} // by target and label
	for _, s := range started {
		if byLabel := samples[s.Target]; byLabel != nil {
			byLabel[s.key.label] = s.Samples
		}
	}
	for label, of := range samples[a] {
		if other := samples[b][label]; falls(of, other) || falls(other, of) {
			return false
		}
	}
	return true
}

// falls reports whether a sample of s is below the last but one of other before it, and
// neither of them shows that their process restarted in between.
func falls(s, other []prom.Sample) bool {
	k := 0
	for i, x := range s {
		for k < len(other) && other[k].T < x.T {
			k++
		}
		if k > 1 && x.V < other[k-2].V && !restarts(s[:i+1], other[k-2].T) && !restarts(other[:min(k+2, len(other))], other[k-2].T) {
			return true
		}
	}
	return false
}

// restarts reports whether a sample later than since is below the one before it.
func restarts(s []prom.Sample, since int64) bool {
	for i := len(s) - 1; i > 0 && s[i].T > since; i-- {
		if s[i].V < s[i-1].V {
			return true
		}
	}
	return false
}

// since returns the last scrape of a target before the chunk, or before the slice if it
// was a duplicate then, or else the first scrape.
func (c *Chunk) since(name string) int64 {
	for _, latest := range []map[string]target{c.before.targets, c.before.duplicates, c.duplicates} {
		if t, ok := latest[name]; ok {
			return t.at
		}
	}
	return c.scrapes[name][0]
}
