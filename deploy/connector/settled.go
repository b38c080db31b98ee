package connector

import (
	"maps"
	"sync"
	"time"
)

// settledLimit bounds the messages in a settledCache. Far fewer wait for a retry at
// a time.
const settledLimit = 8192

// messageID identifies a stored message. A stream that was deleted and created
// again counts its sequences from 1 again; the time distinguishes such messages.
type messageID struct {
	stream   string
	sequence uint64
	stored   time.Time
}

// settledCache holds, by message, the functions that need no further try, so that
// a redelivery reaches only the others. It holds the last settledLimit messages
// and nothing across a restart: after one, a function may get a message twice.
// At-least-once delivery allows that, and the suite's functions answer it with
// 409. A settledCache is safe for concurrent use.
type settledCache struct {
	mu        sync.Mutex
	functions map[messageID]map[string]result
	order     []messageID // oldest first; may hold removed ones
}

func newSettledCache() *settledCache {
	return &settledCache{functions: map[messageID]map[string]result{}}
}

// get returns the settled functions of a message. The caller owns the map.
func (c *settledCache) get(id messageID) map[string]result {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := maps.Clone(c.functions[id])
	if known == nil {
		known = map[string]result{}
	}
	return known
}

// set settles a function of a message. It evicts the oldest message if the cache
// is full.
func (c *settledCache) set(id messageID, function string, r result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.functions[id] == nil {
		c.functions[id] = map[string]result{}
		c.order = append(c.order, id)
		for len(c.order) > settledLimit {
			delete(c.functions, c.order[0])
			c.order = c.order[1:]
		}
	}
	c.functions[id][function] = r
}

// remove drops a message that the server will not redeliver.
func (c *settledCache) remove(id messageID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.functions, id)
}
