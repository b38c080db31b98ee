package api

import (
	"context"
	"fmt"
	"net/url"

	"prewarm/shared/event"
)

// Savings is the answer of api/savings: what prewarm saves, compared with keep-alive.
type Savings struct {
	Range     string            `json:"range"`
	KeepAlive int               `json:"keep_alive_steps"`
	Step      int               `json:"step_seconds"`
	Since     int64             `json:"since"` // Unix seconds, 0 for none
	Total     ByMode            `json:"total"`
	Price     *Price            `json:"price"` // nil if no price is configured
	Functions []FunctionSavings `json:"functions"`
}

// FunctionSavings are the sums of one function.
type FunctionSavings struct {
	Function string `json:"function"`
	ByMode
}

// ByMode holds the sums in mode active, and those that would have been in mode observe.
type ByMode struct {
	Active  Sums `json:"active"`
	Observe Sums `json:"observe"`
}

// Sums are cold starts and idle time, with keep-alive and with prewarm.
type Sums struct {
	Steps           int64   `json:"steps"`
	Skipped         int64   `json:"steps_skipped"`
	Need            int64   `json:"need"`
	ColdKeepAlive   int64   `json:"cold_keep_alive"`
	Cold            int64   `json:"cold"`
	IdleKeepAlive   int64   `json:"idle_keep_alive"` // replica-steps
	Idle            int64   `json:"idle"`
	MemoryKeepAlive float64 `json:"idle_gb_seconds_keep_alive"`
	Memory          float64 `json:"idle_gb_seconds"`
	MemorySteps     int64   `json:"memory_steps"` // in which the memory of a replica is known
}

// Price is what idle memory costs.
type Price struct {
	Currency string `json:"currency"`
	Active   Cost   `json:"active"`
	Observe  Cost   `json:"observe"`
}

// Cost is what the idle memory of the steps of one mode costs.
type Cost struct {
	KeepAlive float64 `json:"keep_alive"`
	Prewarm   float64 `json:"prewarm"`
}

// Validate checks the names, the numbers and the length of the list.
func (s *Savings) Validate() error {
	switch {
	case s.Step < 1 || s.Step > 3600:
		return fmt.Errorf("step_seconds must be between 1 and 3600, was: %d", s.Step)
	case s.KeepAlive < 1 || s.KeepAlive > event.Horizons:
		return fmt.Errorf("keep_alive_steps must be between 1 and %d, was: %d", event.Horizons, s.KeepAlive)
	case len(s.Functions) > maxFunctions:
		return fmt.Errorf("functions must be at most %d, were: %d", maxFunctions, len(s.Functions))
	}
	for i := range s.Functions {
		if err := event.CheckFunction(s.Functions[i].Function); err != nil {
			return fmt.Errorf("functions[%d].%w", i, err)
		}
		if err := s.Functions[i].validate(); err != nil {
			return fmt.Errorf("functions[%d].%w", i, err)
		}
	}
	return s.Total.validate()
}

// maxSum bounds a sum of replica-steps.
const maxSum = 1 << 50

func (b *ByMode) validate() error {
	for _, s := range []*Sums{&b.Active, &b.Observe} {
		for _, n := range []int64{s.Steps, s.Skipped, s.Need, s.ColdKeepAlive, s.Cold, s.IdleKeepAlive, s.Idle, s.MemorySteps} {
			if n < 0 || n > maxSum {
				return fmt.Errorf("sums must be between 0 and %d, was: %d", int64(maxSum), n)
			}
		}
		if !(s.Memory >= 0 && s.MemoryKeepAlive >= 0) {
			return fmt.Errorf("idle_gb_seconds must be at least 0, were: %v and %v", s.Memory, s.MemoryKeepAlive)
		}
	}
	return nil
}

// Savings returns the savings of a range: hour, day or week, of steps of a minute.
func (c *Client) Savings(ctx context.Context, ranged string) (Savings, error) {
	var s Savings
	err := c.get(ctx, "savings", url.Values{"range": {ranged}}, &s)
	return s, err
}
