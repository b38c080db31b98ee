package api

import (
	"context"
	"fmt"
	"net/url"

	"prewarm/shared/event"
)

// maxDecisions bounds the decisions of an answer.
const maxDecisions = 10_000

// Function is the answer of api/function.
type Function struct {
	Row
	Controllers []Controller     `json:"controllers"`
	Decisions   []event.Decision `json:"decisions"` // newest first
	Forecast    *event.Forecast  `json:"forecast,omitempty"`
}

// Controller is a controller beside prewarm that may set the replicas of a function.
type Controller struct {
	Name     string `json:"name"`
	Does     string `json:"does"`
	Change   string `json:"change"` // so that prewarm gets its way
	SetBacks int    `json:"set_backs"`
	Cold     int    `json:"cold_starts"`
}

// Validate checks the row and the decisions, as their receivers in the chain do.
func (f *Function) Validate() error {
	if err := f.Row.validate(); err != nil {
		return err
	}
	if len(f.Decisions) > maxDecisions {
		return fmt.Errorf("decisions must be at most %d, were: %d", maxDecisions, len(f.Decisions))
	}
	for i := range f.Decisions { // one by one: a message has fewer of them
		one := event.Decisions{Decisions: f.Decisions[i : i+1]}
		if err := one.Validate(); err != nil {
			return fmt.Errorf("decisions[%d]: %w", i, err)
		}
	}
	return nil
}

// Function returns all that is known of one function, name.namespace.
func (c *Client) Function(ctx context.Context, name string) (Function, error) {
	var f Function
	if err := event.CheckFunction(name); err != nil {
		return f, err
	}
	err := c.get(ctx, "function", url.Values{"function": {name}}, &f)
	if err == nil && f.Name != name {
		err = fmt.Errorf("%w: the answer must be about %s, was: %.140q", ErrAnswer, name, f.Name)
	}
	return f, err
}
