package main

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"gonum.org/v1/gonum/stat"

	"prewarm/deploy/local/metricsserver"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// record is the course of an arm: what a look at the platform found, look by
// look.
type record struct {
	looks  []look
	missed int // looks that failed
}

// look is all workload functions at one time.
type look struct {
	minute    float64 // of the trace, since the begin of the replay
	functions []use
}

// use is one function at one time.
type use struct {
	name           string
	desired, ready int
	cores          float64 // mean since the look before
}

// newLook takes the functions of names, in their order.
func newLook(minute float64, names []string, functions []openfaas.Function, uses map[string]metricsserver.Use) look {
	l := look{minute: minute}
	found := make(map[string]openfaas.Function, len(functions))
	for _, f := range functions {
		found[f.Name] = f
	}
	for _, name := range names {
		f := found[name]
		l.functions = append(l.functions, use{name: name, desired: f.Replicas, ready: f.Available, cores: uses[name].Cores})
	}
	return l
}

// ready returns the ready replicas of all functions.
func (l look) ready() (n int) {
	for _, f := range l.functions {
		n += f.ready
	}
	return n
}

// cores returns the CPU use of all functions.
func (l look) cores() (sum float64) {
	for _, f := range l.functions {
		sum += f.cores
	}
	return sum
}

// punctuality returns the share of the looks in the minutes [from, to) that came,
// of those due. Where it is well below 1 the machine was too busy to compare on.
func (r *record) punctuality(from, to int) float64 {
	came := 0
	for _, l := range r.looks {
		if l.minute >= float64(from) && l.minute < float64(to) {
			came++
		}
	}
	return float64(came) / float64(to-from) * hpa.SyncPeriod.Minutes()
}

// smoothness describes the CPU use of all workload replicas, minute by minute.
type smoothness struct {
	cores    float64 // mean
	variance float64 // of the cores
	pressure float64 // variance of the use of the ready replicas, relative to what they ask for
}

// smoothness returns that of the minutes from the given one on. request is the
// cores that a replica asks for.
func (r *record) smoothness(from int, request float64) smoothness {
	cores, ready, looks := map[int]float64{}, map[int]float64{}, map[int]float64{}
	last := from - 1
	for _, l := range r.looks {
		if m := int(l.minute); m >= from {
			cores[m] += l.cores()
			ready[m] += float64(l.ready())
			looks[m]++
			last = max(last, m)
		}
	}
	var use, pressure []float64
	for m := from; m <= last; m++ {
		if looks[m] == 0 {
			continue
		}
		use = append(use, cores[m]/looks[m])
		if ready[m] > 0 {
			pressure = append(pressure, cores[m]/(ready[m]*request))
		}
	}
	s := smoothness{}
	if len(use) > 1 {
		s.cores, s.variance = stat.MeanVariance(use, nil)
	}
	if len(pressure) > 1 {
		s.pressure = stat.Variance(pressure, nil)
	}
	return s
}

// writeCSV writes a row for each function and look.
func (r *record) writeCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write([]string{"minute", "function", "desired", "ready", "cores"}) // errors stay with the writer until Flush
	for _, l := range r.looks {
		for _, f := range l.functions {
			w.Write([]string{strconv.FormatFloat(l.minute, 'f', 3, 64), f.name, strconv.Itoa(f.desired), strconv.Itoa(f.ready), strconv.FormatFloat(f.cores, 'f', 5, 64)})
		}
	}
	w.Flush()
	return w.Error()
}

// traceMinutes is a time on the clock in minutes of the trace.
func traceMinutes(d, step time.Duration) float64 { return d.Seconds() / step.Seconds() }
