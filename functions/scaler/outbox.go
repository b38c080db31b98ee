package scaler

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"prewarm/shared/event"
)

// unpublished holds the decisions of one attempt at a batch until the stream has
// acknowledged them. The stream may have them already, if only the acknowledgement
// was lost. So nothing is ever added to an attempt: NATS would store it a second time.
type unpublished struct {
	batch     string // ID of the forecasts
	digest    string // Envelope.Digest of the forecasts
	step      int64
	decisions []event.Decision
	size      int // number of decisions of the attempt
}

// errNothing means that no decision of an attempt can be encoded.
var errNothing = errors.New("scaler: no decision can be recorded")

// maxOutbox bounds the decisions that wait for NATS, to about 20 MB: those of two steps of
// 10,000 functions, or of six hours of 50 functions at steps of a minute.
const maxOutbox = 20_000

// keep puts the decisions of one attempt into the outbox.
func (s *state) keep(batch event.Envelope, decisions []event.Decision) {
	if len(decisions) == 0 {
		return
	}
	s.put(&unpublished{batch: batch.ID, digest: batch.Digest(), step: batch.Step, decisions: decisions})
}

// keepRaises puts raises into the outbox, as many in a message as a batch may have, and those of
// each step apart: functions whose steps differ in length are rare.
func (s *state) keepRaises(decisions []event.Decision) {
	for len(decisions) > 0 {
		step, made := decisions[0].Step, decisions[0].Time.UnixMilli()
		same := slices.DeleteFunc(slices.Clone(decisions), func(d event.Decision) bool { return d.Step != step })
		decisions = slices.DeleteFunc(decisions, func(d event.Decision) bool { return d.Step == step })
		for part := range slices.Chunk(same, event.MaxBatch) {
			s.put(&unpublished{batch: fmt.Sprintf("%s/%d", event.TriggerWatch, made), step: step, decisions: part})
		}
	}
}

// put adds an attempt. If the outbox is full, the oldest attempts are dropped.
func (s *state) put(u *unpublished) {
	u.size = len(u.decisions)
	s.outbox = append(s.outbox, u)
	s.waiting += u.size
	for s.waiting > maxOutbox && len(s.outbox) > 1 {
		s.dropOldest()
	}
}

// hasUnpublished reports whether decisions of a batch are in the outbox.
func (s *state) hasUnpublished(batch event.Envelope) bool {
	digest := batch.Digest()
	return slices.ContainsFunc(s.outbox, func(u *unpublished) bool { return u.batch == batch.ID && u.digest == digest })
}

// publish sends the outbox, oldest first, and removes what NATS has acknowledged. That
// includes the decisions of earlier batches, which the connector does not send again, and those
// of batches that wait for their turn. These share the next attempt, also if it fails: a NATS
// that stores nothing takes the time of two attempts, and not of one for each batch. An attempt
// that its caller has ended is shared by nobody.
func (s *Scaler) publish(ctx context.Context) error {
	return s.publishing.do(ctx, func() (bool, error) {
		err := s.sendAll(ctx)
		return ctx.Err() == nil, err
	})
}

// sendAll is publish for the one batch whose turn it is.
func (s *Scaler) sendAll(ctx context.Context) error {
	for u := s.state.oldest(); u != nil; u = s.state.oldest() {
		env, body, err := u.seal(s.cfg.Keys)
		if err != nil {
			u.decisions = s.recordable(u)
			env, body, err = u.seal(s.cfg.Keys)
		}
		if err != nil {
			s.log.Error("decisions are not recorded", "id", u.batch, "error", err)
		} else if err := s.bus.Publish(ctx, env, body); err != nil {
			return err
		} else {
			s.replay.own.add(body)
			s.starts.restore(u.decisions)
		}
		s.state.sent(u)
	}
	return nil
}

// oldest returns the attempt that is published next, nil if none waits.
func (s *state) oldest() *unpublished {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.outbox) == 0 {
		return nil
	}
	return s.outbox[0]
}

// sent removes an attempt from the outbox, unless keep has dropped it meanwhile.
func (s *state) sent(u *unpublished) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.outbox) > 0 && s.outbox[0] == u {
		s.dropOldest()
	}
}

// dropOldest removes the first attempt of the outbox.
func (s *state) dropOldest() {
	s.waiting -= s.outbox[0].size
	s.outbox[0] = nil
	s.outbox = s.outbox[1:]
}

// recordable returns the decisions that can be encoded. One that cannot must neither keep the
// others of its batch from the record, nor block the outbox for ever.
func (s *Scaler) recordable(u *unpublished) []event.Decision {
	return slices.DeleteFunc(slices.Clone(u.decisions), func(d event.Decision) bool {
		alone := unpublished{batch: u.batch, step: u.step, decisions: []event.Decision{d}}
		_, _, err := alone.seal(s.cfg.Keys)
		if err != nil {
			s.log.Error("a decision is not recorded", "function", d.Function, "error", err)
		}
		return err != nil
	})
}

// seal makes the message. Its ID contains the first function: a batch that is delivered
// again after a partial failure has other decisions, and needs another ID.
func (u *unpublished) seal(keys event.Keys) (event.Envelope, []byte, error) {
	if len(u.decisions) == 0 {
		return event.Envelope{}, nil, errNothing
	}
	return event.Seal(keys, event.TypeDecisions, u.step, u.batch+"#"+u.decisions[0].Function, &event.Decisions{Decisions: u.decisions})
}
