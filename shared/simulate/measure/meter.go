package measure

import (
	"fmt"

	"prewarm/shared/score"
	"prewarm/shared/simulate"
)

// Meter adds up the decisions of one policy on a population. It is a simulate.Sink.
type Meter struct {
	population   *Population
	totals       []score.Total // of each function
	functions    []instance
	applications []instance
	minute       []appMinute // of each application, used again for each minute
}

// appMinute is what the functions of an application did in one minute.
type appMinute struct {
	warm  bool
	calls int64
}

// Meter returns a meter for one policy.
func (p *Population) Meter() *Meter {
	n := len(p.application)
	return &Meter{
		population: p, totals: make([]score.Total, n), functions: make([]instance, n),
		applications: make([]instance, p.applications), minute: make([]appMinute, p.applications),
	}
}

// Minute implements simulate.Sink. The error means that the decisions are of another
// workload.
func (m *Meter) Minute(minute int, warm []int32) error {
	p := m.population
	if len(warm) != len(m.totals) || minute < 0 || minute >= p.workload.Minutes {
		return fmt.Errorf("decisions on %d functions in minute %d; population has %d in %d minutes", len(warm), minute, len(m.totals), p.workload.Minutes)
	}
	if minute < simulate.WarmUpMinutes {
		return nil
	}
	clear(m.minute)
	for f, n := range warm {
		at := p.workload.Observed(f, minute)
		if !at.Known {
			continue
		}
		m.totals[f].Add(score.Step{Need: int(at.Need), Warm: int(n), Held: int(at.Held)})
		m.functions[f].add(int64(at.Calls), n > 0)
		m.minute[p.application[f]].add(int64(at.Calls), n > 0)
	}
	for a, at := range m.minute {
		m.applications[a].add(at.calls, at.warm) // nothing, if none of the functions was measured
	}
	return nil
}

// add adds a function that was measured in the minute.
func (a *appMinute) add(calls int64, warm bool) {
	a.warm, a.calls = a.warm || warm, a.calls+calls
}

// Measures returns the measures of the decisions so far.
func (m *Meter) Measures() Measures {
	all := Measures{UnusedGBs: m.population.unused, Applications: applicationsOf(m.applications)}
	var rates, spes []float64
	for f, t := range m.totals {
		all.ColdStarts += t.Cold
		all.IdleGBs += m.population.gigabytes[f] * minuteSeconds * float64(t.Idle)
		if t.Need > 0 {
			rates = append(rates, t.Rate())
		}
		i := m.functions[f]
		all.SPES.ColdMinutes += i.cold
		all.SPES.WastedMinutes += i.wasted
		if i.calls > 0 {
			spes = append(spes, float64(i.cold)/float64(i.calls))
		}
	}
	all.Functions, all.SPES.Rates = ratesOf(rates), ratesOf(spes)
	all.RUM = rumOf(all.ColdStarts, all.IdleGBs, all.UnusedGBs)
	return all
}
