package dashboard

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"prewarm/functions/dashboard/view"
	"prewarm/shared/series"
)

const (
	// maxStreams bounds the event streams that are open at a time.
	maxStreams = 200
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

// sentWindows holds the window of each function that a client got last.
type sentWindows map[string]series.Window

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
	// Counted first and compared afterwards, so that two requests at the bound
	// cannot both pass.
	defer d.streams.Add(-1)
	if d.streams.Add(1) > maxStreams {
		refuse(w, http.StatusServiceUnavailable, "too many pages are open")
		return
	}
	s := &eventStream{
		d: d, w: w, flush: http.NewResponseController(w).Flush, function: r.URL.Query().Get("function"), sent: sentWindows{},
		version: d.versionOf(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("last"))),
	}
	ctx, cancel := context.WithTimeout(r.Context(), d.cfg.Stream)
	defer cancel()
	// A client that does not read must not hold its stream for ever.
	deadline := http.NewResponseController(w)
	_ = deadline.SetWriteDeadline(time.Now().Add(d.cfg.Stream + statusPeriod)) // not supported by test recorders
	defer func() { _ = deadline.SetWriteDeadline(time.Time{}) }()
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
	if rows := s.d.newRows(delta, s.function, s.sent); rows.Full || len(rows.Rows) > 0 || len(rows.Gone) > 0 {
		body, err := json.Marshal(rows)
		if err != nil {
			return nil, err
		}
		// Flushed before the status, which may have to wait for NATS.
		if err := s.event("event: rows\nid: %s\ndata: %s\n\n", rows.ID, body); err != nil {
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

// event writes one event and flushes it.
func (s *eventStream) event(format string, args ...any) error {
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.flush()
}

// rowsJSON is the data of an event "rows", and the answer of /api/overview.
type rowsJSON struct {
	ID   string     `json:"id"`             // event ID, with which a client reconnects
	Full bool       `json:"full"`           // Rows holds all functions
	Step int        `json:"step_seconds"`   // of the configuration
	Rows []view.Row `json:"rows"`           // sorted by name
	Gone []string   `json:"gone,omitempty"` // functions that were dropped
}

// newRows returns the data of an event. It leaves out the counts that are in sent
// and adds to sent what the event holds. function is the only one to send, empty
// for all.
func (d *Dashboard) newRows(delta view.Delta, function string, sent sentWindows) rowsJSON {
	out := rowsJSON{ID: d.idOf(delta.Version), Full: delta.Full, Step: int(d.cfg.stepSeconds()), Rows: []view.Row{}, Gone: delta.Gone}
	for _, state := range delta.Changed {
		if function != "" && function != state.Name {
			continue
		}
		row := view.NewRow(&state, d.cfg.AlertCold)
		row.Trim(sent[state.Name])
		// The whole window, also what Trim left out: the client has those counts
		// already.
		sent[state.Name] = state.Window
		out.Rows = append(out.Rows, row)
	}
	return out
}

// idOf returns the event ID of a version of the view. The epoch makes it unique
// over processes.
func (d *Dashboard) idOf(version int64) string { return d.epoch + "." + strconv.FormatInt(version, 10) }

// versionOf is the inverse of idOf. It returns 0 if the ID is not of this process.
func (d *Dashboard) versionOf(id string) int64 {
	epoch, text, _ := strings.Cut(id, ".")
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || epoch != d.epoch || version < 0 {
		return 0
	}
	return version
}
