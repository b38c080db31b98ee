package connector

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/testbed"
)

// consumer returns the consumer of a function of the gateway.
func (w *world) consumer(subject, function string) (*jetstream.ConsumerInfo, error) {
	name := w.config.consumerName(subscriber{subject, function + ".openfaas-fn"})
	consumer, err := w.js.Consumer(w.deadline(), bus.StreamOf(subject), name)
	if err != nil {
		return nil, err
	}
	return consumer.CachedInfo(), nil
}

// awaitAcknowledged waits until every function with the subject as topic has received n
// messages and all are acknowledged.
func (w *world) awaitAcknowledged(subject string, n uint64) {
	w.t.Helper()
	w.awaitSettled(subject, n)
	if dead := w.deadLetters(); dead != 0 {
		w.t.Errorf("%d dead letters", dead)
	}
}

// awaitSettled is awaitAcknowledged for messages that may have been terminated.
func (w *world) awaitSettled(subject string, n uint64) {
	w.t.Helper()
	for _, function := range w.gateway.subscribers(subject) {
		w.awaitSettledBy(subject, function, n)
	}
}

// awaitSettledBy is awaitSettled for one function.
func (w *world) awaitSettledBy(subject, function string, n uint64) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("%d messages of %s are settled by %s", n, subject, function), func() bool {
		info, err := w.consumer(subject, function)
		return err == nil && info.NumPending == 0 && info.NumAckPending == 0 && info.AckFloor.Consumer >= n
	})
}

// countProgress counts the reports of progress that the connector sends to NATS from now on.
func (w *world) countProgress() *atomic.Int64 {
	w.t.Helper()
	var n atomic.Int64
	_, err := w.js.Conn().Subscribe("$JS.ACK.>", func(m *nats.Msg) {
		if string(m.Data) == "+WPI" { // jetstream.Msg.InProgress
			n.Add(1)
		}
	})
	if err == nil {
		err = w.js.Conn().Flush()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &n
}

func (w *world) deadLetters() uint64 {
	stream, err := w.js.Stream(w.deadline(), w.config.DeadStream)
	if err != nil {
		return 0
	}
	return stream.CachedInfo().State.Msgs
}

func (w *world) awaitDeadLetter(sequence uint64) *jetstream.RawStreamMsg {
	w.t.Helper()
	w.eventually("a dead letter is stored", func() bool { return w.deadLetters() >= sequence })
	stream, err := w.js.Stream(w.deadline(), w.config.DeadStream)
	if err != nil {
		w.t.Fatal(err)
	}
	letter, err := stream.GetMsg(w.deadline(), sequence)
	if err != nil {
		w.t.Fatal(err)
	}
	return letter
}

// export returns the lines of a metric as they are scraped.
func (w *world) export(name string) string {
	w.t.Helper()
	page := httptest.NewRecorder()
	promhttp.HandlerFor(w.registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var b strings.Builder
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, name) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// awaitExport waits until a metric is exported with exactly these lines.
func (w *world) awaitExport(name, lines string) {
	w.t.Helper()
	want := strings.ReplaceAll(strings.TrimSpace(lines), "\t", "") + "\n"
	w.eventually(name+" is\n"+want, func() bool { return w.export(name) == want })
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	testbed.Eventually(w.t, what, holds)
}

func (w *world) deadline() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}
