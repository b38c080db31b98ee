package api

import (
	"context"
	"fmt"

	"prewarm/shared/event"
)

// Annotated is the mode that removes what was set: the annotation applies again.
const Annotated = "annotated"

// SetPaused pauses or resumes all scaling.
func (c *Client) SetPaused(ctx context.Context, paused bool) error {
	var now struct {
		Paused *bool `json:"paused"`
	}
	err := c.change(ctx, "pause", map[string]bool{"paused": paused}, &now)
	if err == nil && (now.Paused == nil || *now.Paused != paused) {
		err = fmt.Errorf("%w: the answer does not confirm the pause switch", ErrAnswer)
	}
	return err
}

// SetMode sets the mode of a function, name.namespace, or removes it if it is Annotated.
func (c *Client) SetMode(ctx context.Context, function, mode string) error {
	if err := event.CheckFunction(function); err != nil {
		return err
	}
	var now struct{ Function, Mode string }
	err := c.change(ctx, "mode", map[string]string{"function": function, "mode": mode}, &now)
	if err == nil && (now.Function != function || now.Mode != mode) {
		err = fmt.Errorf("%w: the answer does not confirm the mode", ErrAnswer)
	}
	return err
}
