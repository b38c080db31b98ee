package simulate

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// recentSteps is the past that a forecast's message carries.
const recentSteps = 180

// Prewarm is the policy of the scaler, package policy unchanged, over the
// forecasts of an Outlook. Replicas are ready at once and nothing is in flight
// at the begin of a minute, as the rules of the simulation have it.
type Prewarm struct {
	config   policy.Config
	outlook  *Outlook
	reactive bool
	current  []int32
	desks    []desk
}

// desk is where one goroutine makes its decisions.
type desk struct {
	forecast event.Forecast
	chance   [1]event.Prob
	curves   [len(event.Quantiles)][1]int32
}

// NewPrewarm returns the policy for one run over the workload of o. With
// reactive, the need of the last minute is a floor, as a reactive autoscaler
// beside prewarm would keep it.
func NewPrewarm(o *Outlook, c policy.Config, reactive bool) *Prewarm {
	n := len(o.workload.Functions)
	return &Prewarm{config: c, outlook: o, reactive: reactive, current: make([]int32, n), desks: make([]desk, runtime.GOMAXPROCS(0))}
}

// Name implements Policy.
func (p *Prewarm) Name() string {
	name := "prewarm"
	if p.reactive {
		name = "prewarm+reactive"
	}
	return fmt.Sprintf("%s-%g", name, p.config.CostRatio)
}

// noLimit stands for a function without a maximum.
const noLimit = 1 << 30

// Warm implements Policy. The functions are shared out among all processors;
// each decision is of one function alone.
func (p *Prewarm) Warm(warm []int32, h History) {
	if h.Minute() == 0 {
		return // nothing was ever seen
	}
	var wait sync.WaitGroup
	for i := range p.desks {
		wait.Go(func() {
			for f := i; f < len(warm); f += len(p.desks) {
				warm[f] = p.decide(&p.desks[i], h, f)
			}
		})
	}
	wait.Wait()
}

// decide returns the replicas of function f.
func (p *Prewarm) decide(d *desk, h History, f int) int32 {
	o := &p.outlook.minutes[h.Minute()][f]
	if o.never && p.current[f] == 0 {
		return 0
	}
	d.fill(o, h, f)
	state := policy.State{Current: int(p.current[f]), Max: noLimit, Concurrency: float64(h.Concurrency())}
	n := int32(policy.Wanted(time.Unix(d.forecast.Origin, 0), &d.forecast, state, p.config))
	if need := h.Need(f); p.reactive {
		n = max(n, need[len(need)-1])
	}
	p.current[f] = n
	return n
}

// fill writes the forecast of function f as the scaler would receive it.
func (d *desk) fill(o *outlook, h History, f int) {
	need, load := h.Need(f), h.Loads(f)
	first := max(0, len(need)-recentSteps)
	d.forecast = event.Forecast{
		Origin: int64(h.workload.Start+h.Minute()) * stepSeconds, StepSeconds: stepSeconds,
		NoData: o.noData, Evidence: int(o.evidence),
		Observation: event.Observation{Recent: need[first:], RecentLoad: load[first:]},
	}
	if o.noData != "" {
		return
	}
	d.chance[0] = o.pActive
	for q := range d.curves {
		d.curves[q][0] = o.need[q]
	}
	fc := &d.forecast
	fc.PActive, fc.NeedQ50, fc.NeedQ90 = d.chance[:], d.curves[0][:], d.curves[1][:]
	fc.NeedQ95, fc.NeedQ99 = d.curves[2][:], d.curves[3][:]
}
