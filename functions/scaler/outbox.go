package scaler

import (
	"context"
	"slices"

	"prewarm/shared/event"
)

// waiting are the decisions of one try at a batch, of which it is not known that
// the stream has them. It may have: what waits is never added to, since NATS
// drops what comes again under the same ID.
type waiting struct {
	batch     string // ID of the forecasts
	step      int64
	decisions []event.Decision
}

// maxOutbox bounds the tries whose decisions wait for NATS.
const maxOutbox = 1000

// keep puts the decisions of one try into the outbox until they are published.
// Where it is full the oldest go.
func (m *memory) keep(batch event.Envelope, decisions []event.Decision) {
	if len(decisions) == 0 {
		return
	}
	m.outbox = append(m.outbox, waiting{batch: batch.ID, step: batch.Step, decisions: decisions})
	m.outbox = m.outbox[max(0, len(m.outbox)-maxOutbox):]
}

// waits reports whether decisions of a batch are in the outbox.
func (m *memory) waits(batch string) bool {
	return slices.ContainsFunc(m.outbox, func(w waiting) bool { return w.batch == batch })
}

// publish sends the decisions that wait for NATS, the oldest first, and forgets
// what NATS has: also those of earlier batches that nobody sends again. What
// makes no message must not keep back the others.
func (s *Scaler) publish(ctx context.Context) error {
	for ; len(s.memory.outbox) > 0; s.memory.outbox = s.memory.outbox[1:] {
		w := &s.memory.outbox[0]
		env, body, err := w.seal(s.cfg.Key)
		if err != nil {
			s.log.Error("decisions are not recorded", "id", w.batch, "error", err)
		} else if err := s.bus.Publish(ctx, env, body); err != nil {
			return err
		}
	}
	return nil
}

// seal makes the message. The first function is part of the ID, since a batch
// that came twice because it failed half way has other decisions the second
// time.
func (w *waiting) seal(key []byte) (event.Envelope, []byte, error) {
	return event.Seal(key, event.TypeDecisions, w.step, w.batch+"#"+w.decisions[0].Function, &event.Decisions{Decisions: w.decisions})
}
