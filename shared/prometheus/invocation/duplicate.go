package invocation

import (
	"cmp"
	"maps"
	"slices"

	prom "prewarm/shared/prometheus"
)

// dropDuplicates finds duplicate targets: two scrape jobs that read the same gateway,
// whose calls would count twice. Of two, the one that counted before stays, or else
// the first by name.
func (r *Reading) dropDuplicates() {
	names := slices.Sorted(maps.Keys(r.Scrapes))
	counted := func(name string) int { return min(1, int(r.before.targets[name].at)) }
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counted(b), counted(a)) })
	var kept []string
	for _, name := range names {
		if !slices.ContainsFunc(kept, func(other string) bool { return r.same(name, other) }) {
			kept = append(kept, name)
			delete(r.after.duplicates, name)
			continue
		}
		r.after.duplicates[name] = r.after.targets[name]
		delete(r.Scrapes, name)
		delete(r.after.targets, name)
		maps.DeleteFunc(r.after.counters, func(k key, _ prom.Counter) bool { return k.target == name })
	}
}

// duplicate reports whether the target of s is a duplicate.
func (r *Reading) duplicate(s Series) bool {
	_, ok := r.after.duplicates[s.Target]
	return ok
}

// same reports whether two targets have one instance and one process, and are scraped
// during the same time. A target that is scraped only after the last scrape of the
// other is its new name, not a duplicate.
func (r *Reading) same(a, b string) bool {
	last := func(name string) int64 { return r.after.targets[name].at }
	if r.instances[a] != r.instances[b] || r.since(a) > last(b) || r.since(b) > last(a) {
		return false
	}
	startA, startB := r.started(a, last(a)), r.started(b, last(b))
	return startA != 0 && startB != 0 && !differ(startA, startB)
}

// since returns the last scrape of a target before the chunk, or else the first in it.
func (r *Reading) since(name string) int64 {
	for _, latest := range []map[string]scrape{r.before.targets, r.before.duplicates} {
		if s, ok := latest[name]; ok {
			return s.at
		}
	}
	return r.Scrapes[name][0]
}
