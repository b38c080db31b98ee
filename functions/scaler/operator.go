package scaler

import (
	"context"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// operator is what the operator has set for a batch, beside the annotations.
type operator struct {
	paused string                // why no function is scaled, empty if functions are
	modes  map[string]event.Mode // by function
}

// readOperator reads what the operator has set. After an error nothing may be scaled.
func (s *Scaler) readOperator(ctx context.Context) (operator, error) {
	pause, err := s.bus.Paused(ctx)
	if err != nil {
		return operator{}, err
	}
	modes, err := s.bus.Modes(ctx)
	return operator{pausedBy(pause), modes}, err
}

// pausedBy returns why the suite is paused, empty if it is not.
func pausedBy(p event.Pause) string {
	switch {
	case !p.Paused:
		return ""
	case p.Note != "":
		return "paused, because " + p.Note
	}
	return "paused by the operator"
}

// override puts the mode that the operator has set for fn into scaling, and returns the
// mode that it replaces, empty for none. A function whose settings cannot be read is
// observed at most, whatever is set.
func (o operator) override(fn openfaas.Function, scaling *openfaas.Scaling, def openfaas.Mode, readable bool) (annotated string) {
	set, ok := o.modes[fn.Name]
	// An unreadable annotation means observe; its error is in the reason of the decision.
	before, _ := fn.Mode(def)
	if !ok || openfaas.Mode(set.Mode) == before {
		return ""
	}
	scaling.Mode = openfaas.Mode(set.Mode)
	if !readable && scaling.Mode == openfaas.ModeActive {
		scaling.Mode = openfaas.ModeObserve
	}
	return string(before)
}
