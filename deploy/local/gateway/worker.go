//go:build unix

package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/types"
)

// run makes the queued calls until the context ends. If NATS is lost, it tries again
// every second: the queue is durable.
func (q *queue) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := q.consume(ctx); err != nil && ctx.Err() == nil {
			q.gateway.log.Warn("asynchronous calls interrupted", "error", err)
			pause(ctx, time.Second)
		}
	}
}

// pause waits for d or for the end of the context.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// consume fetches a message only if a worker is free, so that a closing gateway holds
// no message that it has not begun. It returns when its workers have ended. The end of the
// context does not end a fetch: a message that is on its way would be delivered again only
// after ackWait.
func (q *queue) consume(ctx context.Context) error {
	consumer, err := q.consumer(ctx)
	if err != nil {
		return err
	}
	var workers sync.WaitGroup
	defer workers.Wait()
	free := make(chan struct{}, q.gateway.opts.AsyncWorkers)
	for {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		message, err := consumer.Next(jetstream.FetchMaxWait(fetchWait))
		switch {
		case errors.Is(err, nats.ErrTimeout):
			<-free
			continue
		case err != nil:
			return err
		case ctx.Err() != nil: // given back at once, so that another worker need not wait for ackWait
			return message.Nak()
		}
		workers.Go(func() {
			defer func() { <-free }()
			q.handle(ctx, message)
		})
	}
}

// consumer returns the durable consumer of the stream. Both are created if they are lost,
// as after a restart of NATS with an empty directory.
func (q *queue) consumer(ctx context.Context) (jetstream.Consumer, error) {
	if err := q.prepare(ctx); err != nil {
		return nil, err
	}
	return q.js.CreateOrUpdateConsumer(ctx, q.name, jetstream.ConsumerConfig{
		Durable:       asyncConsumer,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       ackWait,
		MaxDeliver:    -1, // the worker counts, because it reports the last attempt
		MaxAckPending: 10 * q.gateway.opts.AsyncWorkers,
	})
}

// handle makes one queued call and reports its result. A message that is not a valid
// request is dropped.
func (q *queue) handle(ctx context.Context, message jetstream.Msg) {
	queued, req, err := decodeQueueRequest(message.Data())
	if err != nil {
		q.gateway.log.Warn("queued message dropped", "error", err)
		_ = message.Term()
		return
	}
	// The call may take longer than ackWait. Without reports it would be made twice.
	stop := q.keepAlive(message)
	defer stop()
	defer q.began(message.Subject())()
	start := q.gateway.now()
	answer, retry := q.invoke(queued, req)
	if retry && !lastDelivery(message) {
		_ = message.NakWithDelay(retryDelay(ctx, message))
		return
	}
	// The acknowledgement comes last: if the gateway dies before it, the call is made
	// again. A function may see a call more than once, but no call is lost.
	q.report(queued, answer, q.gateway.now().Sub(start))
	_ = message.Ack()
}

// keepAlive reports to JetStream that the message is in progress, until stop is
// called.
func (q *queue) keepAlive(message jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	go q.gateway.every(ctx, ackWait/3, func() { _ = message.InProgress() })
	return cancel
}

// lastDelivery reports whether the call is not tried again.
func lastDelivery(message jetstream.Msg) bool { return deliveries(message) >= maxDeliveries }

// deliveries returns how often the message was delivered, this time included.
func deliveries(message jetstream.Msg) uint64 {
	meta, err := message.Metadata()
	if err != nil {
		return 1
	}
	return meta.NumDelivered
}

// retryDelay returns 0.25 s, 0.5 s, … 30 s; 0 for a closing gateway, so that the next
// one gets the call at once.
// The nine pauses of ten deliveries add up to 92 s.
func retryDelay(ctx context.Context, message jetstream.Msg) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	doublings := min(deliveries(message)-1, 7)
	return min(250*time.Millisecond<<doublings, 30*time.Second)
}

// invoke makes the call. retry is true if the function gave no answer and another
// attempt may get one. An error status of the function is an answer.
func (q *queue) invoke(queued *types.QueueRequest, req *http.Request) (answer *result, retry bool) {
	answer = &result{header: http.Header{}, status: http.StatusOK}
	fn, err := q.gateway.find(queued.Function)
	if err != nil {
		answer.refuse(http.StatusNotFound, err.Error())
		return answer, false
	}
	req.Body = io.NopCloser(bytes.NewReader(queued.Body))
	req.ContentLength = int64(len(queued.Body))
	c := q.gateway.call(answer, req, fn)
	// After a timeout the function may still work on the call, so that it is not repeated.
	return answer, c.err != nil && c.errStatus != http.StatusGatewayTimeout
}
