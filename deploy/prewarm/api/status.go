package api

import (
	"context"
	"fmt"
	"math"

	"prewarm/shared/event"
)

// Bounds of the lists of an answer.
const (
	maxFunctions = 1_000_000
	maxNotices   = 1000
)

// Status is the answer of api/status.
type Status struct {
	Newest  int64    `json:"newest"` // Unix seconds: end of the last step, 0 for none
	Paused  *bool    `json:"paused"` // nil if the switch cannot be read
	Notices []Notice `json:"notices"`
	Alerts  int      `json:"alerts"`
}

// Notice is what is wrong, and what to do about it.
type Notice struct {
	Class string `json:"class"` // error or warn
	Text  string `json:"text"`
}

// Validate checks the numbers and the length of the list.
func (s *Status) Validate() error {
	switch {
	case s.Newest < 0 || s.Newest > math.MaxInt32*100:
		return fmt.Errorf("newest must be in Unix seconds, was: %d", s.Newest)
	case s.Alerts < 0:
		return fmt.Errorf("alerts must be at least 0, was: %d", s.Alerts)
	case len(s.Notices) > maxNotices:
		return fmt.Errorf("notices must be at most %d, were: %d", maxNotices, len(s.Notices))
	}
	return nil
}

// Status returns the pause switch and what is wrong with the chain.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	err := c.get(ctx, "status", nil, &s)
	return s, err
}

// Row is one function in the answer of api/overview. A nil field is not known.
type Row struct {
	Name        string    `json:"function"` // name.namespace
	Mode        *string   `json:"mode"`
	ModeNote    string    `json:"mode_note"`
	Counts      []int32   `json:"counts"` // calls of the last steps, -1 if unknown
	Replicas    *int      `json:"replicas"`
	Wanted      *int      `json:"wanted"`
	Chance      *float64  `json:"chance_5"`           // of a call in the next five steps
	ColdLeft    *float64  `json:"expected_cold_left"` // in the next 60 steps
	Others      []string  `json:"others"`             // controllers beside prewarm
	SetBacks    []SetBack `json:"set_backs"`
	Provisional bool      `json:"provisional"`
	Reason      *string   `json:"reason"`
	Decided     *int64    `json:"decided"` // Unix seconds
	Alert       bool      `json:"alert"`
}

// SetBack counts how often a controller undid what prewarm had applied.
type SetBack struct {
	By    string `json:"by"`
	Count int    `json:"count"`
	Cold  int    `json:"cold_starts"`
}

// Calls returns the calls of the last step, -1 if unknown.
func (r *Row) Calls() int32 {
	if len(r.Counts) == 0 {
		return -1
	}
	return r.Counts[len(r.Counts)-1]
}

// Overview is the answer of api/overview.
type Overview struct {
	Step int   `json:"step_seconds"`
	Rows []Row `json:"rows"`
}

// Validate checks the names and the numbers.
func (o *Overview) Validate() error {
	if o.Step < 1 || o.Step > 3600 {
		return fmt.Errorf("step_seconds must be between 1 and 3600, was: %d", o.Step)
	}
	if len(o.Rows) > maxFunctions {
		return fmt.Errorf("rows must be at most %d, were: %d", maxFunctions, len(o.Rows))
	}
	for i := range o.Rows {
		if err := o.Rows[i].validate(); err != nil {
			return fmt.Errorf("rows[%d].%w", i, err)
		}
	}
	return nil
}

func (r *Row) validate() error {
	if err := event.CheckFunction(r.Name); err != nil {
		return err
	}
	for name, n := range map[string]*int{"replicas": r.Replicas, "wanted": r.Wanted} {
		if n != nil && (*n < 0 || *n > math.MaxInt32) {
			return fmt.Errorf("%s must be between 0 and %d, was: %d", name, math.MaxInt32, *n)
		}
	}
	for name, v := range map[string]*float64{"chance_5": r.Chance, "expected_cold_left": r.ColdLeft} {
		if v != nil && !(*v >= 0 && *v <= event.Horizons) {
			return fmt.Errorf("%s must be between 0 and %d, was: %v", name, event.Horizons, *v)
		}
	}
	return nil
}

// Overview returns all functions, sorted by name.
func (c *Client) Overview(ctx context.Context) (Overview, error) {
	var o Overview
	err := c.get(ctx, "overview", nil, &o)
	return o, err
}
