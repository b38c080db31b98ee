package rival

import "container/heap"

// priority returns the priority of the replica that served longest ago.
func (c *cached) priority() float64 { return c.stack[0].clock + c.frequency*c.gain }

// push adds replicas that serve now.
func (c *cached) push(clock float64, replicas int32) {
	c.replicas += replicas
	if top := len(c.stack) - 1; top >= 0 && c.stack[top].clock == clock {
		c.stack[top].replicas += replicas
		return
	}
	c.stack = append(c.stack, cacheClock{clock, replicas})
}

// take removes the replicas that served last, at most all.
func (c *cached) take(replicas int32) {
	c.replicas -= replicas
	for replicas > 0 {
		top := &c.stack[len(c.stack)-1]
		n := min(replicas, top.replicas)
		top.replicas -= n
		replicas -= n
		if top.replicas == 0 {
			c.stack = c.stack[:len(c.stack)-1]
		}
	}
}

// cacheHeap orders the functions that have idle replicas by their least priority. It
// implements heap.Interface on order; update is its method for others.
type cacheHeap struct {
	functions []cached
	order     []int
}

// update puts f in its place, or takes it out if it has no idle replicas.
func (h *cacheHeap) update(f int) {
	c := &h.functions[f]
	switch has := c.replicas > c.running; {
	case has && c.at < 0:
		heap.Push(h, f)
	case has:
		heap.Fix(h, c.at)
	case c.at >= 0:
		heap.Remove(h, c.at)
	}
}

// Len implements heap.Interface.
func (h *cacheHeap) Len() int { return len(h.order) }

// Less implements heap.Interface. Functions of the same priority go in their order.
func (h *cacheHeap) Less(i, j int) bool {
	f, g := h.order[i], h.order[j]
	a, b := h.functions[f].priority(), h.functions[g].priority()
	return a < b || a == b && f < g
}

// Swap implements heap.Interface.
func (h *cacheHeap) Swap(i, j int) {
	h.order[i], h.order[j] = h.order[j], h.order[i]
	h.functions[h.order[i]].at, h.functions[h.order[j]].at = i, j
}

// Push implements heap.Interface.
func (h *cacheHeap) Push(f any) {
	h.functions[f.(int)].at = len(h.order)
	h.order = append(h.order, f.(int))
}

// Pop implements heap.Interface.
func (h *cacheHeap) Pop() any {
	last := len(h.order) - 1
	f := h.order[last]
	h.order = h.order[:last]
	h.functions[f].at = -1
	return f
}
