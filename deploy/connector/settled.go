package connector

import (
	"sync"
	"time"
)

// settledLimit bounds the messages in a settledCache. Far fewer wait for a
// confirmation at a time.
const settledLimit = 1024

// messageID identifies a stored message. A stream that was deleted and created
// again counts its sequences from 1 again; the time distinguishes such messages.
type messageID struct {
	stream   string
	sequence uint64
	stored   time.Time
}

// settledCache holds, by message, the result of a function that needs no further try,
// because the server may redeliver a message whose acknowledgement it has not
// confirmed. It holds the last settledLimit messages and nothing across a restart:
// after one, a function may get a message twice. At-least-once delivery allows that,
// and the suite's functions answer it with 409. A settledCache is safe for concurrent
// use.
type settledCache struct {
	mu      sync.Mutex
	results map[messageID]result
	order   []messageID // oldest first; may hold removed ones
}

func newSettledCache() *settledCache {
	return &settledCache{results: map[messageID]result{}}
}

// get returns the result of a message, "" if it is not settled.
func (c *settledCache) get(id messageID) result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.results[id]
}

// set settles a message. It evicts the oldest message if the cache is full.
func (c *settledCache) set(id messageID, r result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.results[id] == "" {
		c.order = append(c.order, id)
		for len(c.order) > settledLimit {
			delete(c.results, c.order[0])
			c.order = c.order[1:]
		}
	}
	c.results[id] = r
}

// remove drops a message that the server will not redeliver.
func (c *settledCache) remove(id messageID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.results, id)
}
