package invocation

import (
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	prom "prewarm/shared/prometheus"
)

// Labels of the metrics. The labels other than name, function and code identify the
// target.
const (
	labelName     = "__name__"
	labelFunction = "function_name"
	labelCode     = "code"
	labelInstance = "instance"
)

const (
	// maxGap is the longest time without a scrape of a running gateway while others
	// are scraped: after its start, and between two scrapes.
	maxGap = 2 * time.Minute
	// startJitter bounds the differences between the start times that one process
	// exports: Linux computes them from its clock, which is corrected now and then.
	startJitter = 2 * time.Second
)

// scrape is one scrape of a target. Times are Unix milliseconds.
type scrape struct {
	at      int64
	started int64 // when the process started, 0 if unknown
}

// target returns the name of the target that a series comes from: all labels but those
// of the metric, the function and the code.
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

// anyOf returns a matcher for the values of a label. Values may repeat.
func anyOf(label string, values []string) []prom.Matcher {
	slices.Sort(values)
	var quoted []string
	for _, v := range slices.Compact(values) {
		quoted = append(quoted, regexp.QuoteMeta(v))
	}
	return []prom.Matcher{{Label: label, Op: "=~", Value: strings.Join(quoted, "|")}}
}

// addScrapes adds the times at which the target of s was scraped. The series of one
// target may have different samples, of which the union counts.
func (r *Reading) addScrapes(s prom.Series) {
	target := target(s.Labels)
	times := r.Scrapes[target]
	for _, x := range s.Samples {
		if len(times) == 0 || x.T > times[len(times)-1] {
			times = append(times, x.T)
		} else if i, ok := slices.BinarySearch(times, x.T); !ok {
			times = slices.Insert(times, i, x.T)
		}
	}
	r.Scrapes[target], r.instances[target] = times, s.Labels[labelInstance]
	latest := r.after.targets[target]
	latest.at = times[len(times)-1]
	r.after.targets[target] = latest
}

// addStarts adds the start times that a target exports.
func (r *Reading) addStarts(s prom.Series) {
	name := target(s.Labels)
	latest, ok := r.after.targets[name]
	starts := startTimes(s.Samples)
	if ok && len(starts) > 0 {
		r.starts[name] = starts
		latest.started = starts[len(starts)-1].started
		r.after.targets[name] = latest
	}
}

// startTimes converts samples of Process, in seconds, to scrapes. A start after its
// scrape comes from a wrong clock, and counts as unknown.
func startTimes(samples []prom.Sample) []scrape {
	out := make([]scrape, len(samples))
	for i, x := range samples {
		out[i].at = x.T
		if ms := math.Round(x.V * 1000); ms > 0 && ms <= float64(x.T) {
			out[i].started = int64(ms)
		}
	}
	return out
}

// newCounter returns the counter of a series of target that begins at t. It counts from
// zero if the target was scraped without it, or if the process is new. Otherwise its
// value before t is unknown, or was counted under another name of the target, so that
// counting begins with the first sample.
func (r *Reading) newCounter(target string, t int64) prom.Counter {
	appeared := r.lastScrape(target, t) > 0 && !r.returns(target, t)
	if appeared || r.isNew(target, t) {
		return prom.FromZero()
	}
	return prom.Counter{}
}

// isNew reports whether the process of a target whose first scrape is at t is new, as
// compared with every target that was scraped before: it started after the last scrape
// of that one, or it is another process and started just now.
func (r *Reading) isNew(target string, t int64) bool {
	start, others := r.started(target, t), false
	for name := range r.after.targets {
		last := r.lastScrape(name, t)
		if last == 0 {
			continue
		}
		others = true
		justNow := t-start <= maxGap.Milliseconds() && differ(start, r.started(name, last))
		if start <= last && !justNow {
			return false
		}
	}
	return others
}

// returns reports whether the scrape of target at t is the first after a gap in which
// what may be the same process was scraped under another name.
func (r *Reading) returns(target string, t int64) bool {
	last := r.lastScrape(target, t)
	if last == 0 || t-last < maxGap.Milliseconds() {
		return false
	}
	start := r.started(target, t)
	for name := range r.after.targets {
		if at := r.lastScrape(name, t); at > last && !differ(start, r.started(name, at)) {
			return true
		}
	}
	return false
}

// untilReturn returns how many of the samples of target come before it returns.
func (r *Reading) untilReturn(target string, samples []prom.Sample) int {
	for i := 1; i < len(samples); i++ {
		if samples[i].T-samples[i-1].T >= maxGap.Milliseconds() && r.returns(target, samples[i].T) {
			return i
		}
	}
	return len(samples)
}

// differ reports whether two start times are known and belong to different processes.
func differ(a, b int64) bool {
	return a != 0 && b != 0 && max(a, b)-min(a, b) > startJitter.Milliseconds()
}

// lastScrape returns the time of the last scrape of a target before t, 0 if none.
func (r *Reading) lastScrape(target string, t int64) int64 {
	times := r.Scrapes[target]
	if i, _ := slices.BinarySearch(times, t); i > 0 {
		return times[i-1]
	}
	return r.before.targets[target].at
}

// started returns when the process started that target is at t, 0 if unknown.
func (r *Reading) started(target string, t int64) int64 {
	starts := r.starts[target]
	if i := sort.Search(len(starts), func(i int) bool { return starts[i].at > t }); i > 0 {
		return starts[i-1].started
	}
	return r.before.targets[target].started
}
