package collector

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"prewarm/shared/prom"
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

// state is where the counters stand at one time. It is not changed once it is
// made: reading on makes a new one.
type state struct {
	counters map[string]counter  // by key
	targets  map[string]sighting // by target
}

// counter is a counter and the target it belongs to.
type counter struct {
	prom.Counter
	target string
}

// sighting is the latest of a target; times are Unix milliseconds.
type sighting struct {
	read    int64 // when it was read
	started int64 // when its process began, 0 where that is unknown
}

func newState() state {
	return state{counters: map[string]counter{}, targets: map[string]sighting{}}
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

// anyOf matches the values of a label.
func anyOf(label string, values map[string]bool) []prom.Matcher {
	quoted := make([]string, 0, len(values))
	for _, v := range slices.Sorted(maps.Keys(values)) {
		quoted = append(quoted, regexp.QuoteMeta(v))
	}
	return []prom.Matcher{{Label: label, Op: "=~", Value: strings.Join(quoted, "|")}}
}

// takeProcess notes when the processes of the targets began.
func (r *reading) takeProcess(all []prom.Series) {
	for _, s := range all {
		name := target(s.Labels)
		seen, ok := r.after.targets[name]
		starts := startTimes(s.Samples)
		if ok && len(starts) > 0 {
			r.starts[name] = starts
			seen.started = starts[len(starts)-1].started
			r.after.targets[name] = seen
		}
	}
}

// startTimes turns samples in seconds into sightings. A start that is not before the
// sample is from a wrong clock, and unknown.
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
func (r *reading) begins(target string, t int64) counter {
	wasRead := r.lastRead(target, t) > 0 && !r.isBack(target, t)
	if wasRead || r.isNew(target, t) {
		return counter{prom.FromZero(), target}
	}
	return counter{target: target}
}

// isNew reports whether the process of a target that is first read at t is new,
// in view of every target that was read before: it began after that was last
// read, or it is another process and began just now.
func (r *reading) isNew(target string, t int64) bool {
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
func (r *reading) isBack(target string, t int64) bool {
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
func (r *reading) unbroken(target string, samples []prom.Sample) int {
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
func (r *reading) lastRead(target string, t int64) int64 {
	times := r.scrapes[target]
	if i, _ := slices.BinarySearch(times, t); i > 0 {
		return times[i-1]
	}
	return r.before.targets[target].read
}

// started returns when the process began that a target is at t, 0 where that is
// unknown.
func (r *reading) started(target string, t int64) int64 {
	starts := r.starts[target]
	if i := sort.Search(len(starts), func(i int) bool { return starts[i].read > t }); i > 0 {
		return starts[i-1].started
	}
	return r.before.targets[target].started
}
