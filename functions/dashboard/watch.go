package dashboard

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// change is an alert that began or ended.
type change struct {
	alert
	Status string    `json:"status"` // firing or resolved
	At     time.Time `json:"at"`
}

// watch holds the firing alerts, and the changes that the webhook has not taken
// yet. The zero value is ready to use by several goroutines.
type watch struct {
	mu      sync.Mutex
	current map[string]alert // by ID; replaced and never written to
	pending []change         // oldest first
}

// maxPending bounds the changes that wait for the webhook. The oldest are lost.
const maxPending = 1000

// update replaces the firing alerts and adds what began or ended to the pending
// changes.
func (w *watch) update(found []alert, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := make(map[string]alert, len(found))
	for _, a := range found {
		next[a.ID] = a
		if _, known := w.current[a.ID]; !known {
			w.pending = append(w.pending, change{a, "firing", now.UTC()})
		}
	}
	// Sorted, as a map has no order and the receiver should get equal changes in an
	// equal order.
	for _, id := range slices.Sorted(maps.Keys(w.current)) {
		if _, fires := next[id]; !fires {
			w.pending = append(w.pending, change{w.current[id], "resolved", now.UTC()})
		}
	}
	w.pending = w.pending[max(0, len(w.pending)-maxPending):]
	w.current = next
}

// firing returns the firing alerts by ID. The caller must not change the map.
func (w *watch) firing() map[string]alert {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current
}

// deliver posts the pending changes, and forgets them if that succeeds.
func (w *watch) deliver(ctx context.Context, post func(context.Context, []change) error) error {
	w.mu.Lock()
	// A copy, because post takes up to webhookTimeout and must not hold the lock:
	// the pages read the firing alerts meanwhile.
	batch := slices.Clone(w.pending)
	w.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	if err := post(ctx, batch); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	// update may have added changes meanwhile; those stay.
	w.pending = w.pending[min(len(batch), len(w.pending)):]
	return nil
}
