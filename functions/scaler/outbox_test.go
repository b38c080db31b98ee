package scaler

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// After ten minutes the forecast is too old to act on. What was applied is published
// nevertheless.
func TestAppliedDecisionsArePublishedHoweverLate(t *testing.T) {
	for _, late := range []time.Duration{0, 10 * time.Minute} {
		w := newWorld(t, openfaas.ModeActive)
		body := w.seal(w.forecast(name, 2))
		w.pubErr = errors.New("no room in the stream")
		w.post(body, 503)
		w.pubErr = nil
		w.now = w.now.Add(late)
		w.post(body, 200)
		w.expectCalls(name + "=2")
		if d := w.last(); d.Applied != 2 {
			t.Errorf("%v later: got %+v", late, d)
		}
	}
}

func TestUnpublishedDecisionsGoOutWithTheNextBatch(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.pubErr = errors.New("no room in the stream")
	w.post(w.seal(w.forecast(name, 2)), 503) // the connector gives up
	w.pubErr = nil
	w.tick()
	w.post(w.seal(w.forecast(name, 2)), 200)
	if n := len(w.decisions()); n != 2 {
		t.Errorf("%d decisions in the stream, want those of both steps", n)
	}
	if n := len(w.scaler.state.outbox); n != 0 {
		t.Errorf("%d attempts still wait", n)
	}
}

// noAck stores messages, but their acknowledgement is lost.
type noAck struct{ *world }

func (u noAck) Publish(ctx context.Context, env event.Envelope, body []byte) error {
	return errors.Join(u.world.Publish(ctx, env, body), errors.New("no acknowledgement came"))
}

// Half of a batch is scaled and stored, but the acknowledgement is lost. The decisions of the
// next attempt are stored too, and a restarted scaler reads all of them.
func TestALostAcknowledgementLosesNoDecisionOfTheNextAttempt(t *testing.T) {
	synctest.Test(t, lostAcknowledgement)
}

func lostAcknowledgement(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body, names := w.fleet(2)
	k := &partlySilent{silent: silent{world: w}, names: names[1:]}
	w.scaler.gateway, w.scaler.bus, w.scaler.cfg.Timeout = k, noAck{w}, 100*time.Millisecond
	w.post(body, 503)
	if all := w.decisions(); len(all) != 1 || all[0].Function != names[0] {
		t.Fatalf("half of the batch is stored, got %+v", all)
	}
	k.names, w.scaler.bus = nil, w
	w.post(body, 200)
	w.expectCalls(names[0]+"=1", names[1]+"=1")
	if all := w.decisions(); len(all) != 2 || all[1].Function != names[1] || all[1].Applied != 1 {
		t.Errorf("the stream holds %+v, want one decision of each function", all)
	}
	if n := len(w.scaler.state.outbox); n != 0 {
		t.Errorf("%d attempts still wait", n)
	}
	w.restart()
	w.post(body, 409)
}

func TestTheOutboxIsBounded(t *testing.T) {
	m := newState()
	for i := range maxOutbox + 3 {
		m.keep(event.Envelope{ID: fmt.Sprint(i)}, []event.Decision{{Function: name}})
	}
	if m.waiting != maxOutbox {
		t.Errorf("%d decisions wait", m.waiting)
	}
	waits := func(n int) bool { return m.hasUnpublished(event.Envelope{ID: fmt.Sprint(n)}) }
	if len(m.outbox) != maxOutbox || waits(2) || !waits(3) || !waits(maxOutbox+2) {
		t.Errorf("%d attempts wait from %s on, want the last %d", len(m.outbox), m.outbox[0].batch, maxOutbox)
	}
	m.keep(event.Envelope{ID: "large"}, make([]event.Decision, event.MaxBatch))
	if len(m.outbox) != maxOutbox-event.MaxBatch+1 || m.waiting != maxOutbox {
		t.Errorf("%d attempts with %d decisions wait after a large one", len(m.outbox), m.waiting)
	}
}

// The decision of one function cannot be encoded: a number of it is not one. All others of its
// batch are on record, and so are those of the next batch.
func TestADecisionThatCannotBeRecordedKeepsNoOtherFromIt(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body, names := w.fleet(4)
	w.pubErr = errors.New("no room in the stream")
	w.post(body, 503)
	w.scaler.state.outbox[0].decisions[1].Inputs.PMore = math.NaN()
	w.pubErr = nil
	w.minute(1)
	var got []string
	for _, d := range w.decisions() {
		got = append(got, d.Function)
	}
	if want := []string{names[0], names[2], names[3], name}; !slices.Equal(got, want) {
		t.Errorf("on record are %v, want %v", got, want)
	}
	w.scaler.state.keep(event.Envelope{ID: "x"}, []event.Decision{{Function: "no name"}})
	w.minute(2)
	if w.last().Wanted != 2 || len(w.scaler.state.outbox) != 0 {
		t.Errorf("an attempt without any decision blocks the outbox: %+v", w.scaler.state.outbox)
	}
}
