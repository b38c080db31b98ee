package connector

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
)

// roster runs one subscription for each subscriber: for each configured subject and
// each function that has it as topic and may receive it. It is updated by one goroutine.
type roster struct {
	config    Config
	log       *slog.Logger
	metrics   *metrics
	js        jetstream.JetStream
	subscribe func(subscriber) *subscription
	calls     context.Context // of the deliveries
	fail      func(error)     // ends the connector

	running    map[subscriber]*subscription
	refused    map[subscriber]bool
	counts     map[string]int // subscribers by subject, nil before the first list
	handedOver map[string]bool
	parts      sync.WaitGroup
}

// newRoster returns a roster without subscriptions. It calls fail if a foreign stream has
// a subject; calls is the context of the deliveries.
func (c *Connector) newRoster(js jetstream.JetStream, calls context.Context, fail func(error)) *roster {
	return &roster{
		config: c.config, log: c.log, metrics: c.metrics, js: js, calls: calls, fail: fail,
		subscribe:  func(who subscriber) *subscription { return c.newSubscription(js, who) },
		running:    map[subscriber]*subscription{},
		handedOver: map[string]bool{},
	}
}

// update starts the subscriptions of the functions that are new in a list by topic, and
// ends those of the functions that are missing. The consumer of a missing function keeps
// its place (see consumerConfig). A function that is back before its last delivery is
// over gets its subscription with a later list. Subscriptions end with ctx.
func (r *roster) update(ctx context.Context, functions map[string][]string) {
	listed := r.admit(functions)
	for who, s := range r.running {
		if s.ended() {
			delete(r.running, who)
		} else if !listed[who] {
			s.cancel()
		}
	}
	for who := range listed {
		if r.running[who] == nil {
			r.running[who] = r.start(ctx, who)
		}
	}
	r.count(listed)
	r.handOver(ctx, listed)
}

// admit returns the subscribers of a list. It logs a refused function once, as long as it
// is listed.
func (r *roster) admit(functions map[string][]string) map[subscriber]bool {
	listed, refused := map[subscriber]bool{}, map[subscriber]bool{}
	for _, subject := range r.config.Topics {
		for _, function := range functions[subject] {
			who := subscriber{subject, function}
			if r.config.Subscribers.allow(who) {
				for _, part := range r.config.subjects(subject) {
					listed[subscriber{part, function}] = true
				}
				continue
			}
			if !refused[who] && !r.refused[who] {
				r.log.Warn("function refused: subscribers must have an entry that matches it", "subject", subject, "function", function)
			}
			refused[who] = true
		}
	}
	r.refused = refused
	return listed
}

// start runs the subscription of a subscriber.
func (r *roster) start(ctx context.Context, who subscriber) *subscription {
	ctx, cancel := context.WithCancel(ctx)
	s := r.subscribe(who)
	s.cancel = cancel
	r.metrics.begin(who)
	r.parts.Go(func() {
		defer close(s.done)
		defer r.metrics.end(who)
		defer cancel()
		if err := s.run(ctx, r.calls); errors.Is(err, bus.ErrForeignStream) {
			r.fail(err) // no retry repairs it, and an operator must see it
		}
	})
	return s
}

// count exports how many functions receive each subject and how many are refused. It
// logs a subject without functions.
func (r *roster) count(listed map[subscriber]bool) {
	counts, refused := bySubject(listed), bySubject(r.refused)
	for _, subject := range r.config.Topics {
		if counts[subject] == 0 && (r.counts == nil || r.counts[subject] > 0) {
			r.log.Warn("no function receives the subject, its messages wait in the stream", "subject", subject)
		}
		r.metrics.functions.WithLabelValues(subject).Set(float64(counts[subject]))
		r.metrics.refused.WithLabelValues(subject).Set(float64(refused[subject]))
	}
	r.counts = counts
}

// bySubject counts subscribers by subject.
func bySubject(subscribers map[subscriber]bool) map[string]int {
	counts := map[string]int{}
	for who := range subscribers {
		counts[who.subject]++
	}
	return counts
}

// handOver retires the shared consumer of each subject whose subscribers all have a
// consumer, once. It tries again after an error.
func (r *roster) handOver(ctx context.Context, listed map[subscriber]bool) {
	waits := map[string]bool{}
	for who := range listed {
		waits[who.subject] = waits[who.subject] || !r.running[who].placed.Load()
	}
	for subject, wait := range waits {
		if wait || r.handedOver[subject] || !r.js.Conn().IsConnected() {
			continue
		}
		err := retireShared(ctx, r.js, r.config, subject)
		r.handedOver[subject] = err == nil
		if err != nil {
			r.log.Warn("the consumer of the whole subject is not retired", "subject", subject, "error", err)
		}
	}
}
