package scaler

import (
	"context"
	"slices"

	"prewarm/shared/event"
)

// unpublished holds the decisions of one attempt at a batch until the stream has
// acknowledged them. The stream may have them already, if only the acknowledgement
// was lost. So nothing is ever added to an attempt: NATS would take the longer message
// for a duplicate of the same ID and drop it.
type unpublished struct {
	batch     string // ID of the forecasts
	step      int64
	decisions []event.Decision
}

// maxOutbox bounds the attempts whose decisions wait for NATS.
//
// At one batch per step of a minute that is more than half a day without NATS, and
// bounds the memory.
const maxOutbox = 1000

// keep puts the decisions of one attempt into the outbox. If that is full, the oldest
// are dropped.
func (s *state) keep(batch event.Envelope, decisions []event.Decision) {
	if len(decisions) == 0 {
		return
	}
	s.outbox = append(s.outbox, unpublished{batch: batch.ID, step: batch.Step, decisions: decisions})
	s.outbox = s.outbox[max(0, len(s.outbox)-maxOutbox):]
}

// hasUnpublished reports whether decisions of a batch are in the outbox.
func (s *state) hasUnpublished(batch string) bool {
	return slices.ContainsFunc(s.outbox, func(u unpublished) bool { return u.batch == batch })
}

// publish sends the outbox, oldest first, and removes what NATS has acknowledged. That
// includes the decisions of earlier batches, which the connector does not send again.
// Decisions that cannot be encoded are dropped, so that they do not block the others for
// ever.
func (s *Scaler) publish(ctx context.Context) error {
	for ; len(s.state.outbox) > 0; s.state.outbox = s.state.outbox[1:] {
		u := &s.state.outbox[0]
		env, body, err := u.seal(s.cfg.Keys)
		if err != nil {
			s.log.Error("decisions are not recorded", "id", u.batch, "error", err)
		} else if err := s.bus.Publish(ctx, env, body); err != nil {
			return err
		}
	}
	return nil
}

// seal makes the message. Its ID contains the first function: a batch that is delivered
// again after a partial failure has other decisions, and needs another ID.
func (u *unpublished) seal(keys event.Keys) (event.Envelope, []byte, error) {
	return event.Seal(keys, event.TypeDecisions, u.step, u.batch+"#"+u.decisions[0].Function, &event.Decisions{Decisions: u.decisions})
}
