package simulate

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
	"prewarm/shared/series"
)

// recentSteps is the number of steps before now whose need and load a forecast's
// message has.
const recentSteps = 180

// Prewarm is the policy of the scaler: package policy unchanged, with the forecasts
// of an Outlook. By the rules of the simulation, replicas are ready at once and no
// call is in flight when a minute begins.
type Prewarm struct {
	config   policy.Config
	ratios   []float64 // cost ratios by function, nil if all have that of config
	outlook  *Outlook
	reactive bool
	current  []int32 // replicas by function
	workers  []worker
}

// worker makes the decisions of one goroutine. It holds a forecast and the arrays
// behind its slices, one horizon long, so that a decision allocates no memory.
type worker struct {
	forecast event.Forecast
	pActive  [1]event.Prob
	need     [len(event.Quantiles)][1]int32
	recent   []int32 // needs of a function with unknown minutes
}

// NewPrewarm returns the policy for one run over the workload of o. If reactive is
// set, the need of the last minute is a lower bound, as a reactive autoscaler beside
// prewarm would keep it.
func NewPrewarm(o *Outlook, c policy.Config, reactive bool) *Prewarm {
	n := len(o.workload.Functions)
	return &Prewarm{config: c, outlook: o, reactive: reactive, current: make([]int32, n), workers: make([]worker, runtime.GOMAXPROCS(0))}
}

// Name implements Policy.
func (p *Prewarm) Name() string {
	name := "prewarm"
	if p.reactive {
		name = "prewarm+reactive"
	}
	if p.ratios != nil {
		return name + "-auto"
	}
	return fmt.Sprintf("%s-%g", name, p.config.CostRatio)
}

// noLimit is the most replicas of a function that has no maximum.
const noLimit = 1 << 30

// Warm implements Policy. It divides the functions among all processors: a decision
// depends on its own function alone.
func (p *Prewarm) Warm(warm []int32, h History) {
	if h.Minute() == 0 {
		return // there is no history
	}
	var wait sync.WaitGroup
	for i := range p.workers {
		wait.Go(func() {
			for f := i; f < len(warm); f += len(p.workers) {
				warm[f] = p.decide(&p.workers[i], h, f)
			}
		})
	}
	wait.Wait()
}

// decide returns the replicas of function f.
func (p *Prewarm) decide(w *worker, h History, f int) int32 {
	o := &p.outlook.minutes[h.Minute()][f]
	if o.never && p.current[f] == 0 {
		return 0
	}
	w.fill(o, h, f)
	state := policy.State{Current: int(p.current[f]), Max: noLimit, Concurrency: float64(h.Concurrency())}
	config := p.config
	if p.ratios != nil {
		config.CostRatio = p.ratios[f]
	}
	n := int32(policy.Wanted(time.Unix(w.forecast.Origin, 0), &w.forecast, state, config))
	if need := h.Need(f); p.reactive {
		n = max(n, need[len(need)-1])
	}
	p.current[f] = n
	return n
}

// fill writes the forecast of function f as the scaler would receive it.
func (w *worker) fill(o *outlook, h History, f int) {
	need, load := h.Need(f), h.Loads(f)
	first := max(0, len(need)-recentSteps)
	w.forecast = event.Forecast{
		Origin: int64(h.workload.Start+h.Minute()) * stepSeconds, StepSeconds: stepSeconds,
		NoData: o.noData, Evidence: int(o.evidence),
		Observation: event.Observation{Recent: need[first:], RecentLoad: load[first:], Earlier: o.earlier},
	}
	if h.workload.unknown[f] {
		w.recent = append(w.recent[:0], need[first:]...)
		for i, count := range h.Counts(f)[first:] {
			if count == series.NoData {
				w.recent[i] = series.NoData
			}
		}
		w.forecast.Recent = w.recent
	}
	if o.noData != "" {
		return
	}
	w.pActive[0] = o.pActive
	for q := range w.need {
		w.need[q][0] = o.need[q]
	}
	fc := &w.forecast
	fc.PActive, fc.NeedQ50, fc.NeedQ90 = w.pActive[:], w.need[0][:], w.need[1][:]
	fc.NeedQ95, fc.NeedQ99 = w.need[2][:], w.need[3][:]
}
