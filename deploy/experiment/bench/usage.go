//go:build unix

package bench

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"prewarm/deploy/buildcontext"
	"prewarm/deploy/experiment/synthetic"
	"prewarm/deploy/local/process"
	"prewarm/shared/openfaas"
)

// reading is all counters of a chain at one time.
type reading struct {
	at       time.Time
	cpu      map[string]time.Duration // by part
	bytes    map[string]int           // by what they are
	messages map[string]int           // by subject
	gateway  synthetic.Counts
	queries  int64 // of the store
	store    int64 // bytes of their answers
}

// itself is this process: gateway, cron and the bench.
const itself = "bench and gateway"

// processes returns the process ids of all parts.
func (c *chain) processes() map[string][]int {
	all := map[string][]int{
		"nats": {c.nats.Pid()}, "store": {c.platform.StorePID()}, "connector": {c.connector.Pid()}, itself: {os.Getpid()},
	}
	for _, p := range c.gateway.Processes() {
		name, _, _ := strings.Cut(p.Function, ".")
		all[name] = append(all[name], p.PID)
	}
	return all
}

// read reads all counters. A part that has ended has no CPU time.
func (c *chain) read() (reading, error) {
	r := reading{at: time.Now(), cpu: map[string]time.Duration{}, gateway: c.gateway.Counts(), queries: c.store.requests.Load(), store: c.store.bytes.Load()}
	r.bytes, r.messages = c.observer.counts()
	for part, pids := range c.processes() {
		for _, pid := range pids {
			used, err := process.CPUTime(pid)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return r, err
			}
			r.cpu[part] += used
		}
	}
	return r, nil
}

// Memory is the largest resident memory of a part.
type Memory struct {
	Part  string `json:"part"`
	Peak  int64  `json:"peak_bytes"`  // of the largest replica
	Limit int64  `json:"limit_bytes"` // in stack.yml, 0 for a part that is not in it
}

// memory returns the memory of all parts but this process, the suite first.
func (c *chain) memory() ([]Memory, error) {
	suite, err := buildcontext.Load("stack.yml")
	if err != nil {
		return nil, err
	}
	limits := map[string]int64{}
	for _, f := range suite {
		limits[f.Name] = openfaas.ParseMemory(f.Spec.Limits.Memory)
	}
	var out []Memory
	for part, pids := range c.processes() {
		if part == itself {
			continue
		}
		m := Memory{Part: part, Limit: limits[part]}
		for _, pid := range pids {
			peak, err := process.PeakMemory(pid)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			m.Peak = max(m.Peak, peak)
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Memory) int { return cmp.Or(-cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Part, b.Part)) })
	return out, nil
}

// growth returns how much each counter has grown.
func growth[N int | int64 | time.Duration](from, to map[string]N) map[string]float64 {
	out := map[string]float64{}
	for name := range to {
		out[name] = float64(to[name] - from[name])
	}
	return out
}
