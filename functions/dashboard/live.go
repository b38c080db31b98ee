package dashboard

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/series"
)

const (
	// maxStreams bounds the pages that are kept up to date at a time.
	maxStreams = 200
	// settle is the wait for the other batches of a step before it is sent.
	settle = 200 * time.Millisecond
	// statusPeriod is how often notices and alerts are looked at for a page; a
	// comment is sent then, so that nobody takes the stream for dead.
	statusPeriod = 5 * time.Second
)

// stream keeps one page up to date.
type stream struct {
	d        *Dashboard
	w        http.ResponseWriter
	function string // the only one that it is about, empty for all
	version  int64  // of the view that the page has
	windows  map[string]series.Window
	status   []byte // the last that was sent
}

// serveEvents streams server-sent events. "rows" holds the functions that have
// changed and those that are gone; its ID names the version of the view that
// the page has then. A page that comes back with that ID gets what has changed
// since, or everything where this process does not know. "status" holds what is
// wrong. A stream ends after dashboard_stream, before a gateway cuts it, and
// the browser comes back.
func (d *Dashboard) serveEvents(w http.ResponseWriter, r *http.Request) {
	if d.streams.Add(1); d.streams.Load() > maxStreams {
		d.streams.Add(-1)
		refuse(w, http.StatusServiceUnavailable, "too many pages are open")
		return
	}
	defer d.streams.Add(-1)
	s := &stream{
		d: d, w: w, function: r.URL.Query().Get("function"), windows: map[string]series.Window{},
		version: d.versionOf(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("last"))),
	}
	ctx, cancel := context.WithTimeout(r.Context(), d.cfg.Stream)
	defer cancel()
	// A page that takes nothing any more must not hold its stream for ever.
	deadline := http.NewResponseController(w)
	_ = deadline.SetWriteDeadline(time.Now().Add(d.cfg.Stream + statusPeriod)) // a recorder has none
	defer func() { _ = deadline.SetWriteDeadline(time.Time{}) }()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	fmt.Fprint(w, "retry: 500\n\n")
	s.run(ctx)
}

func (s *stream) run(ctx context.Context) {
	flush := http.NewResponseController(s.w)
	for {
		next, err := s.send(ctx)
		if err != nil || flush.Flush() != nil {
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
			case <-time.After(settle):
			}
		}
	}
}

// send writes what has changed since the last time and returns a channel that
// is closed at the next change.
func (s *stream) send(ctx context.Context) (<-chan struct{}, error) {
	delta := s.d.view.since(s.version)
	if body := s.rows(delta); body != nil {
		if err := s.event("rows", s.d.idOf(delta.version), body); err != nil {
			return nil, err
		}
	}
	s.version = delta.version
	status, err := json.Marshal(s.d.status(ctx))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(status, s.status) {
		s.status = status
		return delta.next, s.event("status", "", status)
	}
	_, err = fmt.Fprint(s.w, ":\n\n")
	return delta.next, err
}

func (s *stream) event(name, id string, data []byte) error {
	if id != "" {
		id = "id: " + id + "\n"
	}
	_, err := fmt.Fprintf(s.w, "event: %s\n%sdata: %s\n\n", name, id, data)
	return err
}

// rowsJSON is the data of an event "rows", and of /api/overview.
type rowsJSON struct {
	ID   string    `json:"id"`             // what to come back with
	Full bool      `json:"full"`           // these are all functions
	Step int       `json:"step_seconds"`   // of the configuration
	Rows []rowJSON `json:"rows"`           // sorted by name
	Gone []string  `json:"gone,omitempty"` // functions that are no more
}

// rows returns the data of an event, nil where the page has everything.
func (s *stream) rows(delta delta) []byte {
	out := rowsJSON{ID: s.d.idOf(delta.version), Full: delta.full, Step: int(s.d.cfg.Step.Seconds()), Rows: []rowJSON{}, Gone: delta.gone}
	for _, r := range delta.changed {
		if s.function != "" && s.function != r.name {
			continue
		}
		row := s.d.newRowJSON(&r)
		row.trim(s.windows[r.name])
		s.windows[r.name] = r.window
		out.Rows = append(out.Rows, row)
	}
	if len(out.Rows) == 0 && len(out.Gone) == 0 && !out.Full {
		return nil
	}
	body, err := json.Marshal(out)
	if err != nil {
		s.d.log.Error("event not made", "error", err)
		return nil
	}
	return body
}

// rowJSON is one function of the overview. What is not known is null.
type rowJSON struct {
	Function     string   `json:"function"`
	Start        int64    `json:"start"`  // Unix seconds of the first of counts
	StepSeconds  int      `json:"step"`   // length of a step
	Counts       []int32  `json:"counts"` // calls of the last steps, -1 where unknown; only those that changed where the page has the others
	Replicas     *int     `json:"replicas"`
	Wanted       *int     `json:"wanted"`
	Chance       *float64 `json:"chance_5"`
	ExpectedCold *float64 `json:"expected_cold"`
	Mode         *string  `json:"mode"`
	Direction    *string  `json:"direction"`
	Reason       *string  `json:"reason"`
	Decided      *int64   `json:"decided"` // Unix seconds
	Alert        bool     `json:"alert"`   // the expected cold starts are above the threshold
}

func (d *Dashboard) newRowJSON(r *record) rowJSON {
	w := r.window.Tail(sparkSteps)
	out := rowJSON{Function: r.name, Start: w.Start, StepSeconds: w.StepSeconds, Counts: w.Counts}
	if out.Counts == nil {
		out.Counts = []int32{}
	}
	if p, ok := r.chance(chanceSteps); ok {
		out.Chance, out.ExpectedCold = finite(p), finite(r.forecast.ExpectedCold)
		out.Alert = r.forecast.ExpectedCold > d.cfg.AlertCold
	}
	if last := r.latest(); last != nil {
		now, at := current(last), last.Time.Unix()
		out.Replicas, out.Wanted, out.Mode, out.Direction, out.Reason, out.Decided = &now, &last.Wanted, &last.Mode, &last.Direction, &last.Reason, &at
	}
	return out
}

// trim leaves out the counts that the page has from an earlier event.
func (r *rowJSON) trim(had series.Window) {
	if had.StepSeconds != r.StepSeconds || len(had.Counts) == 0 || len(r.Counts) == 0 || had.Start > r.Start || had.End() < r.Start {
		return
	}
	known := had.Counts[(r.Start-had.Start)/int64(r.StepSeconds):]
	same := 0
	for same < min(len(known), len(r.Counts)) && known[same] == r.Counts[same] {
		same++
	}
	r.Start += int64(same) * int64(r.StepSeconds)
	r.Counts = slices.Clip(r.Counts[same:])
}

// idOf names a version of the view for all time: another process has another
// epoch.
func (d *Dashboard) idOf(version int64) string { return d.epoch + "." + strconv.FormatInt(version, 10) }

// versionOf is the inverse of idOf, 0 where the ID is not of this process.
func (d *Dashboard) versionOf(id string) int64 {
	epoch, text, _ := strings.Cut(id, ".")
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || epoch != d.epoch || version < 0 {
		return 0
	}
	return version
}

// statusJSON is what is wrong with the chain or set by the operator.
type statusJSON struct {
	Newest  int64    `json:"newest"` // Unix seconds: end of the last step that was seen, 0 for none
	Paused  *bool    `json:"paused"` // nil where the switch cannot be read
	Notices []notice `json:"notices"`
	Alerts  int      `json:"alerts"`
}

func (d *Dashboard) status(ctx context.Context) statusJSON {
	_, newest := d.view.bounds()
	var at time.Time
	if newest > 0 {
		at = time.Unix(newest, 0)
	}
	paused, notices := d.pauseSwitch(ctx)
	notices = append(notices, d.notices(at)...)
	return statusJSON{Newest: newest, Paused: paused, Notices: notices, Alerts: len(d.watch.before())}
}

// bounds returns the number of functions and the step of the newest message.
func (v *view) bounds() (int, int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.records), v.newest
}
