//go:build unix

package bench

import (
	"context"
	"maps"
	"regexp"
	"strconv"
	"sync"
	"time"

	"prewarm/shared/event"
)

// message is a message of the bus as it arrived here.
type message struct {
	at   time.Time
	body []byte
}

// observer follows the streams. It keeps decisions undecoded until they are taken, so that
// the measurement costs little while the chain works.
type observer struct {
	mu        sync.Mutex
	decisions []message
	arrivals  []arrival
	bytes     map[string]int // of all messages, by subject
	messages  map[string]int
}

// arrival is a message of which only the step counts.
type arrival struct {
	at      time.Time
	subject string
	step    int64 // Unix seconds, end of the windows and origin of the forecasts
}

func newObserver() *observer {
	return &observer{bytes: map[string]int{}, messages: map[string]int{}}
}

// follow reads the three streams until ctx ends.
func (o *observer) follow(ctx context.Context, c *chain) {
	for _, subject := range []string{event.TypeWindows, event.TypeForecasts, event.TypeDecisions} {
		c.running.Go(func() {
			_ = c.bus.Follow(ctx, subject, time.Hour, func(body []byte) { o.take(subject, message{time.Now(), body}) })
		})
	}
}

func (o *observer) take(subject string, m message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes[subject] += len(m.body)
	o.messages[subject]++
	if subject == event.TypeDecisions {
		o.decisions = append(o.decisions, m)
	} else if step, ok := stepOf(m.body); ok {
		o.arrivals = append(o.arrivals, arrival{m.at, subject, step})
	}
}

// header is how far the step is from the begin of an envelope at most, in bytes.
const header = 400

// stepField finds the step of an envelope without decoding its payload.
var stepField = regexp.MustCompile(`"step":(\d+)`)

func stepOf(body []byte) (int64, bool) {
	found := stepField.FindSubmatch(body[:min(len(body), header)])
	if found == nil {
		return 0, false
	}
	step, err := strconv.ParseInt(string(found[1]), 10, 64)
	return step, err == nil
}

// taken returns what has arrived since the last call.
func (o *observer) taken() ([]message, []arrival) {
	o.mu.Lock()
	defer o.mu.Unlock()
	decisions, arrivals := o.decisions, o.arrivals
	o.decisions, o.arrivals = nil, nil
	return decisions, arrivals
}

// counts returns the bytes and the numbers of all messages so far.
func (o *observer) counts() (bytes, messages map[string]int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.bytes), maps.Clone(o.messages)
}
