package virtual

import (
	"context"
	"net/http"
	"slices"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/deploy/faults/schedule"
)

// maxTries is how often a message is delivered, as max_deliver of the connector.
const maxTries = 10

// maxBackoff is the longest delay before the next try, as backoff_max of the connector.
const maxBackoff = 30 * time.Second

// consumer is the place of one function in one stream.
type consumer struct {
	subject string
	part    schedule.Part
	next    int // index of the next message
	waiting []*delivery
}

// delivery is a message on its way to a function.
type delivery struct {
	message
	tries int
	due   time.Time
}

// deliver fetches what is new and delivers what is due. Duplicates are further copies of
// messages; a reordered consumer delivers the newest message first.
func (w *World) deliver(c *consumer) {
	for all := w.streams[c.subject].messages; c.next < len(all); c.next++ {
		d := &delivery{message: all[c.next], due: w.now.Add(w.delay(schedule.Connector, c.part))}
		c.waiting = append(c.waiting, d)
		if w.hit(schedule.Reorder, schedule.Connector, c.part) {
			d.due = w.now.Add(step) // the next one overtakes it
		}
	}
	if w.hit(schedule.Duplicate, schedule.Connector, c.part) {
		w.again(c)
	}
	w.deliverDue(c)
}

// again delivers the last messages once more, also those that are settled.
func (w *World) again(c *consumer) {
	all := w.streams[c.subject].messages
	for _, m := range all[max(0, min(c.next, len(all))-3):min(c.next, len(all))] {
		c.waiting = append(c.waiting, &delivery{message: m, due: w.now, tries: maxTries - 1})
	}
}

// deliverDue calls the function with each message that is due.
func (w *World) deliverDue(c *consumer) {
	queue := slices.Clone(c.waiting)
	if w.hit(schedule.Reorder, schedule.Connector, c.part) {
		slices.Reverse(queue)
	}
	for _, d := range queue {
		if w.now.Before(d.due) {
			continue
		}
		if status := w.call(c.part, d.body); status < 500 || d.tries+1 >= maxTries {
			c.waiting = slices.DeleteFunc(c.waiting, func(o *delivery) bool { return o == d })
			continue
		}
		d.due = w.now.Add(min(time.Second<<d.tries, maxBackoff))
		d.tries++
	}
}

// call calls a function through the gateway and returns the status that the connector sees.
func (w *World) call(part schedule.Part, body []byte) int {
	err, done := w.answer(schedule.Connector, part)
	if !done || w.down(schedule.Gateway) {
		return http.StatusServiceUnavailable
	}
	status := w.handle(part, body)
	if err != nil {
		return http.StatusGatewayTimeout
	}
	return status
}

// handle posts a body to a function.
func (w *World) handle(part schedule.Part, body []byte) int {
	f := handler.FunctionHandler(w.collector)
	switch part {
	case schedule.Predictor:
		f = w.predictor
	case schedule.Scaler:
		f = w.scaler
	}
	req := handler.Request{Method: http.MethodPost, Body: body, Header: http.Header{}}
	req.WithContext(context.Background())
	res, err := f.Handle(req)
	if err != nil {
		return http.StatusInternalServerError
	}
	return res.StatusCode
}

// cron calls the collector. A tick that fails is not repeated.
func (w *World) cron() {
	if _, done := w.answer(schedule.Cron, schedule.Collector); done && !w.down(schedule.Gateway) {
		w.handle(schedule.Collector, nil)
	}
}
