package dashboard

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// settleTime is the wait after a change. A step arrives in several batches;
	// they are then sent as one event.
	settleTime = 200 * time.Millisecond
	// statusPeriod is how often the status is computed for a stream. If it has not
	// changed, an event "ping" is sent: proxies keep the connection open, and a page
	// knows that nothing holds its events back.
	statusPeriod = 5 * time.Second
)

// eventStream sends the changes of the view to one client.
type eventStream struct {
	d        *Dashboard
	w        http.ResponseWriter
	flush    func() error
	function string // the only one to send, empty for all
	version  int64  // of the view that the client has
	sent     sentWindows
	status   []byte // the last status event
}

// serveEvents streams server-sent events. An event "rows" holds the functions
// that changed and the names of those that were dropped; its ID is the version of
// the view. A client that reconnects with the ID in Last-Event-ID gets the changes
// since then, or all functions if the ID is too old or of another process. An
// event "status" holds notices and the pause switch, an event "ping" nothing.
//
// Each event is flushed as a whole. A proxy may hold events back all the same, until the
// stream ends, as those of older providers do: a page that hears nothing for some seconds
// asks /api/overview and /api/status instead, and comes back to the stream later.
//
// A stream ends after dashboard_stream, before the gateway's timeout would cut it. The
// browser reconnects automatically.
func (d *Dashboard) serveEvents(w http.ResponseWriter, r *http.Request) {
	s := &eventStream{
		d: d, w: w, flush: http.NewResponseController(w).Flush, function: r.URL.Query().Get("function"), sent: sentWindows{},
		version: d.versionOf(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("last"))),
	}
	ctx, cancel := context.WithTimeout(r.Context(), d.cfg.Stream)
	defer cancel()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	// Keeps nginx from collecting events in a buffer.
	h.Set("X-Accel-Buffering", "no")
	// The browser comes back after half a second, since streams end on purpose.
	fmt.Fprint(w, "retry: 500\n\n")
	s.run(ctx)
}

// run sends changes until ctx ends, the process stops or the client is gone.
func (s *eventStream) run(ctx context.Context) {
	for {
		next, err := s.send(ctx)
		if err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-s.d.stopping:
			return
		case <-time.After(statusPeriod):
		case <-next:
			select {
			case <-ctx.Done():
				return
			case <-time.After(settleTime):
			}
		}
	}
}

// send writes what has changed since the last call. It returns a channel that is
// closed at the next change.
func (s *eventStream) send(ctx context.Context) (<-chan struct{}, error) {
	// Taken in one step with Next: a change after it closes that channel, so none is
	// lost.
	delta := s.d.view.Since(s.version)
	s.version = delta.Version
	if rows := s.d.newRows(delta, s.function, s.sent); rows.Full || rows.changed || len(rows.Gone) > 0 {
		// Flushed before the status, which may have to wait for NATS.
		if err := s.rowsEvent(rows); err != nil {
			return nil, err
		}
	}
	status, err := json.Marshal(s.d.status(ctx))
	if err != nil {
		return nil, err
	}
	if bytes.Equal(status, s.status) {
		return delta.Next, s.event("event: ping\ndata: {}\n\n")
	}
	s.status = status
	return delta.Next, s.event("event: status\ndata: %s\n\n", status)
}

// rowsEvent writes an event "rows" and flushes it. It writes row by row, since the event of
// many functions is large and a client may be slow. Of an event that is cut off, the client
// takes nothing: the empty line at its end is missing.
func (s *eventStream) rowsEvent(rows rows) error {
	w := bufio.NewWriter(s.w)
	fmt.Fprintf(w, "event: rows\nid: %s\ndata: ", rows.ID)
	if err := writeList(w, rows.rowsHead, "rows", rows.rows); err != nil {
		return err
	}
	fmt.Fprint(w, "\n\n")
	if err := w.Flush(); err != nil {
		return err
	}
	return s.flush()
}

// event writes one event and flushes it.
func (s *eventStream) event(format string, args ...any) error {
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.flush()
}
