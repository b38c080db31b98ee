package simulate

import (
	"fmt"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// Prewarm is the policy of the scaler, package policy unchanged, over the
// forecasts of an Outlook. Replicas are ready at once and nothing is in flight
// at the begin of a minute, as the rules of the simulation have it.
type Prewarm struct {
	config   policy.Config
	outlook  *Outlook
	reactive bool
	current  []int32
}

// NewPrewarm returns the policy for one run over the workload of o. With
// reactive, the need of the last minute is a floor, as a reactive autoscaler
// beside prewarm would keep it.
func NewPrewarm(o *Outlook, c policy.Config, reactive bool) *Prewarm {
	return &Prewarm{config: c, outlook: o, reactive: reactive, current: make([]int32, len(o.workload.Functions))}
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

// Warm implements Policy.
func (p *Prewarm) Warm(warm []int32, h History) {
	if h.Minute() == 0 {
		return // nothing was ever seen
	}
	var curves [len(event.Quantiles)][1]int32
	var chance [1]event.Prob
	for f := range warm {
		need := h.Need(f)
		o := &p.outlook.minutes[h.Minute()][f]
		fc := event.Forecast{
			Origin: int64(h.workload.Start+h.Minute()) * stepSeconds, StepSeconds: stepSeconds,
			NoData: o.noData, Evidence: int(o.evidence), Recent: need[max(0, len(need)-windowSteps):],
		}
		if o.noData == "" {
			chance[0] = o.pActive
			for q := range curves {
				curves[q][0] = o.need[q]
			}
			fc.PActive, fc.NeedQ50, fc.NeedQ90, fc.NeedQ95, fc.NeedQ99 = chance[:], curves[0][:], curves[1][:], curves[2][:], curves[3][:]
		}
		d := policy.Decide(time.Unix(fc.Origin, 0), &fc, policy.State{
			Current: int(p.current[f]), Max: noLimit, Concurrency: float64(h.Concurrency()),
		}, p.config)
		warm[f] = int32(d.Wanted)
		if p.reactive {
			warm[f] = max(warm[f], need[len(need)-1])
		}
		p.current[f] = warm[f]
	}
}
