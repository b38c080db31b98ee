package main

import (
	"encoding/csv"
	"io"
	"strconv"

	"gonum.org/v1/gonum/stat"

	"prewarm/deploy/experiment/metricsserver"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// record is the course of one arm: the workload functions at each poll.
type record struct {
	polls  []poll
	missed int // polls that failed
}

// poll is the state of all workload functions at one time.
type poll struct {
	minute    float64 // of the trace, since the begin of the replay
	functions []functionState
}

// functionState is one function at one time.
type functionState struct {
	name           string
	desired, ready int     // replicas
	cores          float64 // mean CPU use since the poll before
}

// newPoll takes the named functions, in that order, from what the gateway lists. A
// function that is missing there has no replicas.
func newPoll(minute float64, names []string, functions []openfaas.Function, usages map[string]metricsserver.Usage) poll {
	found := make(map[string]openfaas.Function, len(functions))
	for _, f := range functions {
		found[f.Name] = f
	}
	p := poll{minute: minute}
	for _, name := range names {
		f := found[name]
		p.functions = append(p.functions, functionState{name: name, desired: f.Replicas, ready: f.Available, cores: usages[name].Cores})
	}
	return p
}

// ready returns the ready replicas of all functions.
func (p poll) ready() (n int) {
	for _, f := range p.functions {
		n += f.ready
	}
	return n
}

// cores returns the CPU use of all functions.
func (p poll) cores() (sum float64) {
	for _, f := range p.functions {
		sum += f.cores
	}
	return sum
}

// punctuality returns how many polls there are in the minutes [from, to), as a
// share of one poll in each sync period of an HPA. A share well below 1 means that
// the machine was too busy for a fair comparison.
func (r *record) punctuality(from, to int) float64 {
	n := 0
	for _, p := range r.polls {
		if p.minute >= float64(from) && p.minute < float64(to) {
			n++
		}
	}
	return float64(n) / float64(to-from) * hpa.SyncPeriod.Minutes()
}

// cpuUse describes the CPU use of all workload replicas over minutes of the trace.
type cpuUse struct {
	mean     float64 // cores
	variance float64 // cores²
	relative float64 // variance of the use of the ready replicas, each minute relative to what they request
}

// cpuUse returns the CPU use from a minute on. request is the cores that a replica
// requests. Polls of a minute are averaged first, so that the variance is that
// between minutes, of a sample: with n-1 in the denominator.
func (r *record) cpuUse(from int, request float64) cpuUse {
	cores, ready, polls := map[int]float64{}, map[int]float64{}, map[int]float64{}
	last := from - 1
	for _, p := range r.polls {
		if m := int(p.minute); m >= from {
			cores[m] += p.cores()
			ready[m] += float64(p.ready())
			polls[m]++
			last = max(last, m)
		}
	}
	var use, relative []float64
	for m := from; m <= last; m++ {
		// All polls of the minute have failed.
		if polls[m] == 0 {
			continue
		}
		use = append(use, cores[m]/polls[m])
		// Without a ready replica nothing is requested, and the share is not defined.
		if ready[m] > 0 {
			relative = append(relative, cores[m]/(ready[m]*request))
		}
	}
	var u cpuUse
	if len(use) > 1 {
		u.mean, u.variance = stat.MeanVariance(use, nil)
	}
	if len(relative) > 1 {
		u.relative = stat.Variance(relative, nil)
	}
	return u
}

// writeCSV writes a row for each function and poll.
func (r *record) writeCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write([]string{"minute", "function", "desired", "ready", "cores"}) // errors stay with the writer until Flush
	for _, p := range r.polls {
		for _, f := range p.functions {
			w.Write([]string{strconv.FormatFloat(p.minute, 'f', 3, 64), f.name, strconv.Itoa(f.desired), strconv.Itoa(f.ready), strconv.FormatFloat(f.cores, 'f', 5, 64)})
		}
	}
	w.Flush()
	return w.Error()
}
