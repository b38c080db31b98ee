package invocation

import (
	"math"
	"regexp"
	"slices"
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
	labelJob      = "job"
)

const (
	// maxGap is the longest time without a scrape after which a gateway counts as the
	// same: from its start to its first scrape, and between two scrapes.
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

// target is what is known of a gateway as the store scrapes it.
type target struct {
	scrape         // the latest successful one
	unbroken int64 // since when it was scraped without a gap, up to that one
	tried    int64 // latest sample of Up: a scrape that succeeded or failed; 0 for none
	interval int64 // usual time between two scrapes in ms, 0 if unknown
	address  address
	shared   bool // several gateways answer at its address: the start time goes back and forth
}

// targetName returns the name of the target that a series comes from: all labels but
// those of the metric, the function and the code.
func (c *Chunk) targetName(labels map[string]string) string {
	names := make([]string, 0, len(labels))
	for name := range labels {
		if name != labelName && name != labelFunction && name != labelCode {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b []byte
	for _, name := range names {
		b = append(append(append(append(b, name...), 0), labels[name]...), 0)
	}
	// One copy of each name: there is one series per function, metric and code.
	if known, ok := c.interned[string(b)]; ok {
		return known
	}
	c.interned[string(b)] = string(b)
	return string(b)
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
func (c *Chunk) addScrapes(s Series) {
	times := c.scrapes[s.Target]
	for _, x := range s.Samples {
		if len(times) == 0 || x.T > times[len(times)-1] {
			times = append(times, x.T)
		} else if i, ok := slices.BinarySearch(times, x.T); !ok {
			times = slices.Insert(times, i, x.T)
		}
	}
	c.scrapes[s.Target] = times
	latest := c.targets[s.Target]
	latest.at, latest.address = times[len(times)-1], s.address
	c.targets[s.Target] = latest
}

// addStarts adds the start times that a target exports.
func (c *Chunk) addStarts(s prom.Series) {
	name := c.targetName(s.Labels)
	latest, ok := c.targets[name]
	if !ok || len(s.Samples) == 0 {
		return
	}
	starts := startTimes(s.Samples)
	for i, x := range starts {
		before := latest.started
		if i > 0 {
			before = starts[i-1].started
		}
		// A process does not start before the one that it replaced.
		if differ(before, x.started) && x.started < before {
			latest.shared = true
		}
	}
	c.restarts[name] = c.restarts[name] || differ(latest.started, starts[0].started) ||
		slices.ContainsFunc(starts, func(x scrape) bool { return differ(x.started, starts[0].started) })
	c.starts[name] = append(c.starts[name], starts...)
	latest.started = starts[len(starts)-1].started
	c.targets[name] = latest
}

// addTries adds the samples of Up, which the store writes for each scrape, also for one
// that failed. It may have fewer labels than the metrics of its target, so that only
// instance and job are compared.
func (c *Chunk) addTries(s prom.Series) {
	last := s.Samples[len(s.Samples)-1].T
	for name, t := range c.targets {
		if t.address != addressOf(s.Labels) {
			continue
		}
		for _, x := range s.Samples {
			c.tries[name] = append(c.tries[name], x.T)
		}
		t.tried = max(t.tried, last)
		c.targets[name] = t
	}
}

// address is the labels that say where a target is scraped: instance and job, and what
// these were in the store that it is federated from.
type address [4]string

func addressOf(labels map[string]string) address {
	return address{labels[labelInstance], labels[labelJob], labels["exported_instance"], labels["exported_job"]}
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
