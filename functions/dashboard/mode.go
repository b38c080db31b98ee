package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"prewarm/shared/event"
)

// annotated is the mode of a request that removes what was set: the annotation of the
// function applies again.
const annotated = "annotated"

// setMode sets the mode of a function, or clears it. Nothing is deployed: collector and
// scaler read the modes with each step.
func (d *Dashboard) setMode(w http.ResponseWriter, r *http.Request) error {
	caller, err := d.authorise(r)
	if err != nil {
		return err
	}
	want, err := readMode(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), controlTimeout)
	defer cancel()
	if want.Mode == annotated {
		err = d.source.ClearMode(ctx, want.Function)
	} else {
		err = d.source.SetMode(ctx, event.Mode{Function: want.Function, Mode: want.Mode, By: caller.name(), Time: d.now().UTC()})
	}
	if err != nil {
		return err
	}
	d.log.Info("mode set", "function", want.Function, "mode", want.Mode, "by", caller.name())
	d.readModes(ctx) // open pages show the mode at once
	answer(w, map[string]string{"function": want.Function, "mode": want.Mode})
	return nil
}

// wantedMode is the body of a request that sets a mode.
type wantedMode struct{ Function, Mode string }

// readMode reads and checks the body of a request.
func readMode(r *http.Request) (want wantedMode, err error) {
	if err := readJSON(r, &want); err != nil {
		return want, err
	}
	if err := event.CheckFunction(want.Function); err != nil {
		return want, fmt.Errorf("%w: %w", errRequest, err)
	}
	// %.20q bounds what a caller can put into an answer and the log.
	if want.Mode != annotated && !slices.Contains(event.Modes(), want.Mode) {
		return want, fmt.Errorf("%w: mode must be one of off, observe, active, annotated, was: %.20q", errRequest, want.Mode)
	}
	return want, nil
}

// modesPeriod is how often the modes are read, which other dashboards may have set.
const modesPeriod = 2 * time.Second

// followModes keeps the modes of the view up to date until ctx ends.
func (d *Dashboard) followModes(ctx context.Context) {
	for {
		d.readModes(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(modesPeriod):
		}
	}
}

// readModes shows the modes that are set now. If NATS does not answer, the page keeps what
// it shows: the notice about the pause switch tells why.
func (d *Dashboard) readModes(ctx context.Context) {
	if modes, err := d.source.Modes(ctx); err == nil {
		d.view.SetModes(modes)
	}
}

// serveModes answers {"modes": [...]}: those that the operator has set, sorted by function.
func (d *Dashboard) serveModes(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"modes": d.view.Modes()})
}
