// Package hourly scores what an hourly model says of the cold starts of the next
// hour, beside baselines that see the same past: of functions, from the last
// three hours, and of regions.
package hourly

import (
	"errors"
	"fmt"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/rate"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/trace"
)

// The names of what a model says.
const (
	Renewal = "renewal of own and pooled gaps"
	Plain   = "hourly LSTM not adapted"
	Adapted = "hourly LSTM adapted"
	Refined = "hourly model"
	Present = "per-minute model, same window"
)

// LookBack is the number of minutes that everything sees before an origin.
const LookBack = hourly.MinHours * hourly.Hour

// Part is the functions of a trace that are scored by one model, which must not
// have been trained on them.
type Part struct {
	Trace     *trace.Trace
	Functions []trace.Function
	Model     *hourly.Predictor
	Present   *forecast.Predictor // nil where there is none to compare with
}

// Score scores all parts together, with an origin every stride minutes. All
// parts have a present model or none.
func Score(parts []Part, stride int) (*Scores, error) {
	s := &Scores{}
	for _, p := range parts {
		for _, f := range p.Functions {
			s.begin(f.Name, rate.ClassOf(f.Counts), !rate.Dense(f.Counts))
			for _, o := range method.Origins(p.Trace, f, stride) {
				if err := s.take(p, o); err != nil {
					return nil, fmt.Errorf("function %s, minute %d: %w", f.Name, o.Minute, err)
				}
			}
		}
	}
	if s.all().N == 0 {
		return nil, errors.New("no hour of the functions is known as a whole")
	}
	return s, nil
}

// take scores all methods at one origin. Hours of which it is not known what
// came are left out.
func (s *Scores) take(p Part, o method.Origin) error {
	o.Window.Window = o.Window.Tail(LookBack)
	came, known := forecast.ColdStarts(o.Window.Counts, o.Future)
	if !known || len(o.Window.Counts) < LookBack {
		return nil
	}
	for _, b := range method.Baselines() {
		if !b.NeedOnly {
			s.add(b.Name, b.State(&o.Window).Cold, came)
		}
	}
	if p.Present != nil {
		said, err := method.Model{Full: p.Present}.Statements([]method.Origin{o}, 1)
		if err != nil {
			return err
		}
		s.add(method.GapHazard, said[0][0].Cold, came)
		s.add(Present, said[len(said)-1][0].Cold, came)
	}
	e, err := p.Model.Function(o.Window.Window)
	if err != nil {
		return err
	}
	s.add(Renewal, e.Renewal, came)
	s.add(Plain, e.Plain, came)
	s.add(Adapted, e.Adapted, came)
	s.add(Refined, e.Refined, came)
	return nil
}
