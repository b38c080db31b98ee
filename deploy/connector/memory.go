package connector

import (
	"maps"
	"sync"
	"time"
)

// memoryLimit is the number of messages whose answers are remembered: far more
// than wait for a retry at a time.
const memoryLimit = 8192

// messageID names a stored message. The time tells apart two messages with one
// sequence, of which one was in a stream that has since been created anew.
type messageID struct {
	stream   string
	sequence uint64
	stored   time.Time
}

// memory knows which functions need no further try of a message, so that a
// redelivery reaches only the others. It holds the last memoryLimit messages and
// forgets all when the program ends: after that a function may receive a message
// twice, which at-least-once delivery allows and answers 409.
type memory struct {
	mu      sync.Mutex
	settled map[messageID]map[string]verdict
	order   []messageID // oldest first; may hold forgotten ones
}

func newMemory() *memory {
	return &memory{settled: map[messageID]map[string]verdict{}}
}

// recall returns the settled functions of a message; the map is the caller's.
func (m *memory) recall(id messageID) map[string]verdict {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := maps.Clone(m.settled[id])
	if known == nil {
		known = map[string]verdict{}
	}
	return known
}

func (m *memory) remember(id messageID, function string, v verdict) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.settled[id] == nil {
		m.settled[id] = map[string]verdict{}
		m.order = append(m.order, id)
		m.forgetOldest()
	}
	m.settled[id][function] = v
}

// forget drops a message that will not come again.
func (m *memory) forget(id messageID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.settled, id)
}

func (m *memory) forgetOldest() {
	for len(m.order) > memoryLimit {
		delete(m.settled, m.order[0])
		m.order = m.order[1:]
	}
}
