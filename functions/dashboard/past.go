package dashboard

import (
	"math"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// maxSteps is how many steps of a function are kept: six hours of minutes.
const maxSteps = 360

// leads are the distances, in steps, over which past forecasts are kept to be
// compared with what then happened.
var leads = [...]int{1, 5, 15, 30, 60}

// moment is what is known of one step of one function. -1 stands where a value
// is not known. It is small, since there are hundreds for each function.
type moment struct {
	step     int64 // Unix seconds of its begin
	need     int16 // replicas that it needed
	current  int16 // replicas desired before the decision at its begin
	ready    int16 // replicas ready before it
	wanted   int16
	applied  int16
	reported int16
	limit    int16               // the most replicas that the function may have
	chance   [len(leads)]float32 // of a call in it, as forecast each lead before
	q50, q95 [len(leads)]int16   // quantiles of its need, as forecast each lead before
}

func newMoment(step int64) moment {
	m := moment{step: step, need: -1, current: -1, ready: -1, wanted: -1, applied: -1, reported: -1, limit: math.MaxInt16}
	for i := range leads {
		m.chance[i], m.q50[i], m.q95[i] = -1, -1, -1
	}
	return m
}

// warm returns the replicas that stood at the begin of the step, after the
// decision, -1 where that is not known.
func (m *moment) warm() int16 {
	switch {
	case m.reported >= 0:
		return m.reported
	case m.applied >= 0:
		return m.applied
	}
	return m.current
}

// cold returns the replicas that the step needed and that did not stand at its
// begin, as far as the function may have them, -1 where that is not known.
func (m *moment) cold() int16 {
	if m.need < 0 || m.warm() < 0 {
		return -1
	}
	return max(0, min(m.need, m.limit)-m.warm())
}

// past is a ring of the last maxSteps steps and those that forecasts reach.
type past struct {
	seconds int64 // length of a step, 0 before the first
	ring    []moment
	newest  int64 // begin of the newest step with a decision or a need
}

const ringSteps = maxSteps + event.Horizons

// at returns the moment of a step, nil where its place holds a newer one. A
// change of the step's length begins anew.
func (p *past) at(step, seconds int64) *moment {
	if seconds != p.seconds || p.ring == nil {
		*p = past{seconds: seconds, ring: make([]moment, ringSteps)}
	}
	m := &p.ring[(step/seconds)%ringSteps]
	if m.step > step {
		return nil
	}
	if m.step < step {
		*m = newMoment(step)
	}
	return m
}

// addForecast takes the needs that a forecast rests on, and what it says of the
// steps at each lead.
func (p *past) addForecast(f *event.Forecast) {
	seconds := int64(f.StepSeconds)
	for i, need := range f.Recent {
		step := f.Origin - int64(len(f.Recent)-i)*seconds
		if m := p.at(step, seconds); m != nil && need != series.NoData {
			m.need = clip(int(need))
			p.newest = max(p.newest, step)
		}
	}
	for i, lead := range leads {
		if len(f.PActive) < lead {
			continue
		}
		if m := p.at(f.Origin+int64(lead-1)*seconds, seconds); m != nil {
			m.chance[i], m.q50[i], m.q95[i] = float32(f.PActive[lead-1]), clip(int(f.NeedQ50[lead-1])), clip(int(f.NeedQ95[lead-1]))
		}
	}
}

// addDecision takes the replicas of a decision. Without a forecast the length
// of a step is not known, and there is nothing to put it beside.
func (p *past) addDecision(d *event.Decision) {
	if p.seconds == 0 || d.Step < 0 {
		return
	}
	if m := p.at(d.Step-d.Step%p.seconds, p.seconds); m != nil {
		m.ready = clip(d.Available)
		m.current, m.wanted, m.applied, m.reported = clip(d.Current), clip(d.Wanted), clip(d.Applied), clip(d.Observed)
		if d.Inputs.Max > 0 {
			m.limit = clip(d.Inputs.Max)
		}
		p.newest = max(p.newest, m.step)
	}
}

func clip(n int) int16 { return int16(min(max(n, -1), math.MaxInt16)) }

// pastJSON is the past of one function in columns of equal length, oldest step
// first. -1 stands where a value is not known.
type pastJSON struct {
	Step      []int64          `json:"step"`     // Unix seconds of the begin
	Need      []int16          `json:"need"`     // replicas that the step needed
	Wanted    []int16          `json:"wanted"`   // replicas that the policy wanted
	Applied   []int16          `json:"applied"`  // replicas that the gateway was told
	Reported  []int16          `json:"reported"` // replicas that the gateway reported
	Ready     []int16          `json:"ready"`    // replicas that were ready at its begin
	Cold      []int16          `json:"cold"`     // replicas that were needed and did not stand
	Forecasts []pastByLeadJSON `json:"forecasts"`
}

// pastByLeadJSON is what was forecast for each step, lead steps before its end.
type pastByLeadJSON struct {
	Lead   int       `json:"lead"`
	Chance []float32 `json:"chance"` // of at least one call in the step
	Q50    []int16   `json:"q50"`    // quantiles of its need
	Q95    []int16   `json:"q95"`
}

func (p *past) columns() pastJSON {
	out := pastJSON{Step: []int64{}, Need: []int16{}, Wanted: []int16{}, Applied: []int16{}, Reported: []int16{}, Ready: []int16{}, Cold: []int16{}}
	for _, lead := range leads {
		out.Forecasts = append(out.Forecasts, pastByLeadJSON{Lead: lead, Chance: []float32{}, Q50: []int16{}, Q95: []int16{}})
	}
	for _, m := range p.steps() {
		out.Step, out.Need, out.Cold = append(out.Step, m.step), append(out.Need, m.need), append(out.Cold, m.cold())
		out.Wanted, out.Applied = append(out.Wanted, m.wanted), append(out.Applied, m.applied)
		reported := m.reported
		if reported < 0 {
			reported = m.current
		}
		out.Reported, out.Ready = append(out.Reported, reported), append(out.Ready, m.ready)
		for i := range leads {
			f := &out.Forecasts[i]
			f.Chance, f.Q50, f.Q95 = append(f.Chance, m.chance[i]), append(f.Q50, m.q50[i]), append(f.Q95, m.q95[i])
		}
	}
	return out
}

// steps returns the moments up to the newest, oldest first, from the first that
// is known, without holes.
func (p *past) steps() []moment {
	var out []moment
	for i := int64(maxSteps) - 1; i >= 0 && p.newest > 0; i-- {
		step := p.newest - i*p.seconds
		if step < 0 {
			continue
		}
		m := p.ring[(step/p.seconds)%ringSteps]
		if m.step != step {
			m = newMoment(step)
		}
		if len(out) > 0 || m.need >= 0 || m.wanted >= 0 {
			out = append(out, m)
		}
	}
	return out
}
