package event

import (
	"errors"
	"fmt"
	"math"

	"prewarm/shared/series"
)

// Observation is what was measured of one function in the steps before the origin of a
// forecast.
type Observation struct {
	// Recent is the need of each of the last steps before the origin, oldest first;
	// series.NoData if it is unknown.
	Recent []int32 `json:"recent"`
	// RecentLoad is the load of the same steps, before it is rounded up to a need. It
	// has the length of Recent, or is empty if the loads are unknown.
	RecentLoad []Load `json:"recent_load,omitempty"`
	// LoadRate converts a load into a rate: the calls per second that keep one replica
	// busy by Little's law, concurrency / duration, or as the owner of the function states
	// it. It is 0 if there is no statement and the duration of the calls is unknown.
	LoadRate float64 `json:"load_rate,omitempty"`
	// Capacity is the result of a load test, or the rate that the owner states; nil if there
	// is neither. The Model of a statement is CarriesBy, and loads and needs rest on it.
	Capacity *Capacity `json:"capacity,omitempty"`
	InFlight int       `json:"in_flight"`        // calls started and not yet ended, -1 if unknown
	Peak     int       `json:"peak,omitempty"`   // most calls in progress at a scrape within the last step, -1 if unknown
	Note     string    `json:"note,omitempty"`   // of FunctionWindow
	Queued   int       `json:"queued,omitempty"` // of FunctionWindow
	// Concurrency is the calls that one replica serves at a time, 0 in old messages.
	Concurrency float64 `json:"concurrency,omitempty"`
	CarriesBy   string  `json:"carries_by,omitempty"` // of FunctionWindow
	// Provisional is true if a part of the last step was not measured: its need is a
	// lower bound. Nothing is scaled in on it.
	Provisional bool `json:"provisional,omitempty"`
	// Estimated holds the steps of Recent that were not measured one by one: those of
	// Window.Spread and Window.AtLeast. Nothing is scored on them.
	Estimated []series.Span `json:"estimated,omitempty"`
	// Earlier holds active steps before Recent, oldest first, if Recent alone has few.
	Earlier []Occurrence `json:"earlier,omitempty"`
}

// Occurrence is an active step before those of Observation.Recent.
type Occurrence struct {
	Ago  int   `json:"ago"`  // steps from its begin to the origin
	Need int32 `json:"need"` // replicas
	Load Load  `json:"load"`
}

func (o *Observation) validate() error {
	if err := checkCalls(o.InFlight, o.Peak, o.Queued); err != nil {
		return err
	}
	switch {
	case !(o.LoadRate >= 0 && o.LoadRate <= math.MaxFloat32):
		return fmt.Errorf("load_rate must be finite and at least 0, was: %v", o.LoadRate)
	case len(o.Recent) > maxRecent:
		return fmt.Errorf("recent must have at most %d steps, had: %d", maxRecent, len(o.Recent))
	case len(o.Note) > MaxNote:
		return fmt.Errorf("note must have at most %d bytes, had: %d", MaxNote, len(o.Note))
	case !(o.Concurrency >= 0 && o.Concurrency <= MaxConcurrency):
		return fmt.Errorf("concurrency must be between 0 and 1e6, was: %v", o.Concurrency)
	case len(o.CarriesBy) > MaxCarriesBy:
		return fmt.Errorf("carries_by must have at most %d bytes, had: %d", MaxCarriesBy, len(o.CarriesBy))
	case len(o.RecentLoad) != 0 && len(o.RecentLoad) != len(o.Recent):
		return fmt.Errorf("recent_load must be as long as recent (%d), was: %d", len(o.Recent), len(o.RecentLoad))
	}
	for i, n := range o.Recent {
		if n < series.NoData {
			return fmt.Errorf("recent[%d] must be at least 0, or -1 for no data, was: %d", i, n)
		}
	}
	for i, l := range o.RecentLoad {
		if v := float64(l); !(v >= 0 && v <= math.MaxInt32) {
			return fmt.Errorf("recent_load[%d] must be between 0 and %d, was: %v", i, math.MaxInt32, v)
		}
	}
	if err := errors.Join(series.CheckSpans("estimated", o.Estimated, len(o.Recent)), o.validateEarlier()); err != nil {
		return err
	}
	if o.Capacity != nil {
		return o.Capacity.validate()
	}
	return nil
}

// validateEarlier checks that the occurrences are in the order of time, before the recent
// steps and active.
func (o *Observation) validateEarlier() error {
	if len(o.Earlier) > MaxEarlier {
		return fmt.Errorf("earlier must have at most %d steps, had: %d", MaxEarlier, len(o.Earlier))
	}
	most := series.MaxSteps
	for i, e := range o.Earlier {
		switch {
		case e.Ago > most || e.Ago <= len(o.Recent):
			return fmt.Errorf("earlier[%d].ago must be between %d and %d, was: %d", i, len(o.Recent)+1, most, e.Ago)
		case e.Need < 1:
			return fmt.Errorf("earlier[%d].need must be at least 1, was: %d", i, e.Need)
		case !(e.Load >= 0 && e.Load <= math.MaxInt32):
			return fmt.Errorf("earlier[%d].load must be between 0 and %d, was: %v", i, math.MaxInt32, e.Load)
		}
		most = e.Ago - 1
	}
	return nil
}
