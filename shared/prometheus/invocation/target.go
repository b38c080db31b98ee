package invocation

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	prom "prewarm/shared/prometheus"
)

// Labels of the metrics. All but the name, the function and the code name the
// target.
const (
	labelName     = "__name__"
	labelFunction = "function_name"
	labelCode     = "code"
	labelInstance = "instance"
)

// Spans of time about the start of a gateway.
const (
	// reread is how long a gateway that runs is not read at most, while others
	// are: after its start, and from one time to the next.
	reread = 2 * time.Minute
	// startJitter bounds the differences of the start times that one process
	// tells: Linux computes them from its clock, which is corrected at times.
	startJitter = 2 * time.Second
)

// sighting is the latest of a target; times are Unix milliseconds.
type sighting struct {
	read    int64 // when it was read
	started int64 // when its process began, 0 where that is unknown
}

// target names the gateway that a series comes from: its labels but those that
// name the metric, the function and the code.
func target(labels map[string]string) string {
	names := make([]string, 0, len(labels))
	for name := range labels {
		if name != labelName && name != labelFunction && name != labelCode {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + "\x00" + labels[name] + "\x00")
	}
	return b.String()
}

// anyOf matches the values of a label, which may be told more than once.
func anyOf(label string, values []string) []prom.Matcher {
	slices.Sort(values)
	var quoted []string
	for _, v := range slices.Compact(values) {
		quoted = append(quoted, regexp.QuoteMeta(v))
	}
	return []prom.Matcher{{Label: label, Op: "=~", Value: strings.Join(quoted, "|")}}
}

// dropDoubles sorts out the targets that are another one over again:
// two jobs of the store scrape one gateway, whose calls would count twice. Of two,
// the one that was counted before stays, or else the first by name.
func (r *Reading) dropDoubles() {
	names := slices.Sorted(maps.Keys(r.Scrapes))
	counted := func(name string) int { return min(1, int(r.before.targets[name].read)) }
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counted(b), counted(a)) })
	var kept []string
	for _, name := range names {
		if !slices.ContainsFunc(kept, func(other string) bool { return r.same(name, other) }) {
			kept = append(kept, name)
			delete(r.after.doubles, name)
			continue
		}
		r.after.doubles[name] = r.after.targets[name]
		delete(r.Scrapes, name)
		delete(r.after.targets, name)
		maps.DeleteFunc(r.after.counters, func(k key, _ prom.Counter) bool { return k.target == name })
	}
}

// double reports whether the target of a series is another one over again.
func (r *Reading) double(s Series) bool {
	_, ok := r.after.doubles[s.Target]
	return ok
}

// same reports whether two targets have one instance and one process, and are read
// in turn. What is read after the last time of the other is its new name.
func (r *Reading) same(a, b string) bool {
	last := func(name string) int64 { return r.after.targets[name].read }
	if r.instances[a] != r.instances[b] || r.since(a) > last(b) || r.since(b) > last(a) {
		return false
	}
	began, other := r.started(a, last(a)), r.started(b, last(b))
	return began != 0 && other != 0 && !differ(began, other)
}

// since returns when a target was read first in the chunk, or last before it.
func (r *Reading) since(name string) int64 {
	for _, seen := range []map[string]sighting{r.before.targets, r.before.doubles} {
		if s, ok := seen[name]; ok {
			return s.read
		}
	}
	return r.Scrapes[name][0]
}

// began notes when the process of a target began.
func (r *Reading) began(s prom.Series) {
	name := target(s.Labels)
	seen, ok := r.after.targets[name]
	starts := startTimes(s.Samples)
	if ok && len(starts) > 0 {
		r.starts[name] = starts
		seen.started = starts[len(starts)-1].started
		r.after.targets[name] = seen
	}
}

// startTimes turns samples in seconds into sightings. A start that is not
// before the sample is from a wrong clock, and unknown.
func startTimes(samples []prom.Sample) []sighting {
	out := make([]sighting, len(samples))
	for i, x := range samples {
		out[i].read = x.T
		if ms := math.Round(x.V * 1000); ms > 0 && ms <= float64(x.T) {
			out[i].started = int64(ms)
		}
	}
	return out
}

// begins returns the counter of a series of target whose first sample is at t
// and that was not there before. It counts from zero where the target was read
// without it, or where its process is new. Otherwise what it stood at is
// unknown, or was counted under another name of the target, and its first
// sample is where counting begins.
func (r *Reading) begins(target string, t int64) prom.Counter {
	wasRead := r.lastRead(target, t) > 0 && !r.isBack(target, t)
	if wasRead || r.isNew(target, t) {
		return prom.FromZero()
	}
	return prom.Counter{}
}

// isNew reports whether the process of a target that is first read at t is new,
// in view of every target that was read before: it began after that was last
// read, or it is another process and began just now.
func (r *Reading) isNew(target string, t int64) bool {
	start, others := r.started(target, t), false
	for name := range r.after.targets {
		last := r.lastRead(name, t)
		if last == 0 {
			continue
		}
		others = true
		justNow := t-start <= reread.Milliseconds() && differ(start, r.started(name, last))
		if start <= last && !justNow {
			return false
		}
	}
	return others
}

// isBack reports whether target is read again at t after what may be its process
// was read under another name.
func (r *Reading) isBack(target string, t int64) bool {
	last := r.lastRead(target, t)
	if last == 0 || t-last < reread.Milliseconds() {
		return false
	}
	start := r.started(target, t)
	for name := range r.after.targets {
		if at := r.lastRead(name, t); at > last && !differ(start, r.started(name, at)) {
			return true
		}
	}
	return false
}

// unbroken returns how many of the samples of target come before it is back.
func (r *Reading) unbroken(target string, samples []prom.Sample) int {
	for i := 1; i < len(samples); i++ {
		if samples[i].T-samples[i-1].T >= reread.Milliseconds() && r.isBack(target, samples[i].T) {
			return i
		}
	}
	return len(samples)
}

// differ reports whether two start times are known to be those of different
// processes.
func differ(a, b int64) bool {
	return a != 0 && b != 0 && max(a, b)-min(a, b) > startJitter.Milliseconds()
}

// lastRead returns when a target was last read before t, 0 for never.
func (r *Reading) lastRead(target string, t int64) int64 {
	times := r.Scrapes[target]
	if i, _ := slices.BinarySearch(times, t); i > 0 {
		return times[i-1]
	}
	return r.before.targets[target].read
}

// started returns when the process began that a target is at t, 0 where that is
// unknown.
func (r *Reading) started(target string, t int64) int64 {
	starts := r.starts[target]
	if i := sort.Search(len(starts), func(i int) bool { return starts[i].read > t }); i > 0 {
		return starts[i-1].started
	}
	return r.before.targets[target].started
}
