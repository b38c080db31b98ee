package virtual

import (
	"context"
	"time"

	"prewarm/deploy/faults/schedule"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// duplicateWindow is how long a stream knows the IDs of its messages, as package bus sets it.
const duplicateWindow = 10 * time.Minute

// message is one message of a stream.
type message struct {
	at   time.Time
	body []byte
}

// stream is a model of a stream of JetStream. Its messages are numbered from 1.
type stream struct {
	messages []message
	ids      map[string]time.Time // when a message was stored, by ID and content
}

// newStreams makes the three streams, and the consumers of the connector.
func (w *World) newStreams() {
	w.streams = map[string]*stream{}
	for _, subject := range []string{event.TypeWindows, event.TypeForecasts, event.TypeDecisions} {
		w.streams[subject] = &stream{ids: map[string]time.Time{}}
	}
	w.consumers = []*consumer{
		{subject: event.TypeWindows, part: schedule.Predictor}, {subject: event.TypeForecasts, part: schedule.Scaler},
	}
}

// wipe deletes a stream, which is made again at once: messages that are not delivered yet are
// lost, and numbers begin from 1.
func (w *World) wipe(name string) {
	subject := "prewarm." + name
	w.streams[subject] = &stream{ids: map[string]time.Time{}}
	for _, c := range w.consumers {
		if c.subject == subject {
			c.next, c.waiting = 0, nil
		}
	}
}

// Publish stores a message once for each ID.
func (c client) Publish(_ context.Context, env event.Envelope, body []byte) error {
	err, done := c.answer(schedule.NATS)
	if done {
		c.w.publish(env, body)
	}
	return err
}

// publish drops a message whose ID and content the stream has had lately, as package bus does.
func (w *World) publish(env event.Envelope, body []byte) {
	s, id := w.streams[env.Type], env.ID+" "+string(body)
	if at, ok := s.ids[id]; ok && w.now.Sub(at) < duplicateWindow {
		return
	}
	s.ids[id], s.messages = w.now, append(s.messages, message{w.now, body})
	w.note(env, body)
}

// note adds a message to the log.
func (w *World) note(env event.Envelope, body []byte) {
	switch env.Type {
	case event.TypeWindows:
		var batch event.Windows
		w.open(env.Type, body, &batch)
		for _, f := range batch.Windows {
			last := len(f.Counts) - 1
			w.Log.Collected(f.Function, env.Step, last >= 0 && f.Counts[last] != series.NoData)
		}
	case event.TypeDecisions:
		var batch event.Decisions
		w.open(env.Type, body, &batch)
		w.Log.Decide(w.now, batch.Decisions)
	}
}

// open panics if a message that the chain has signed does not open.
func (w *World) open(typ string, body []byte, payload event.Payload) {
	if _, err := event.Open(keys(), typ, body, payload); err != nil {
		panic("virtual: a published message does not open: " + err.Error())
	}
}

// ReplayAfter reads a stream as package bus does.
func (c client) ReplayAfter(_ context.Context, subject string, after uint64, since time.Duration, fn func([]byte)) (uint64, error) {
	if err, _ := c.answer(schedule.NATS); err != nil {
		return after, err
	}
	all := c.w.streams[subject].messages
	last := uint64(len(all))
	if after > last {
		after = 0
	}
	for _, m := range all[after:] {
		if after > 0 || !m.at.Before(c.w.now.Add(-since)) {
			fn(m.body)
		}
	}
	return last, nil
}
