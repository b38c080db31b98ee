package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"prewarm/shared/event"
)

// maxRange bounds the time range of one export.
const maxRange = 90 * 24 * time.Hour

// period is the time from from (inclusive) to to (exclusive).
type period struct{ from, to time.Time }

// readPeriod reads the query's from and to, in RFC 3339 or Unix seconds. The
// default is the last day: before to if that is given, before now otherwise.
func readPeriod(query func(string) string, now time.Time) (period, error) {
	p := period{from: now.Add(-24 * time.Hour), to: now}
	for key, into := range map[string]*time.Time{"from": &p.from, "to": &p.to} {
		text := query(key)
		if text == "" {
			continue
		}
		if unix, err := strconv.ParseInt(text, 10, 64); err == nil {
			*into = time.Unix(unix, 0)
		} else if *into, err = time.Parse(time.RFC3339, text); err != nil {
			return p, fmt.Errorf("%s must be a time such as %s or Unix seconds, was: %.40q", key, now.UTC().Format(time.RFC3339), text)
		}
	}
	if query("from") == "" && query("to") != "" {
		p.from = p.to.Add(-24 * time.Hour)
	}
	if length := p.to.Sub(p.from); length <= 0 || length > maxRange {
		return p, fmt.Errorf("to - from must be above 0 and at most %v, was: %v", maxRange, length)
	}
	return p, nil
}

// has reports whether a step begins in the period.
func (p period) has(step int64) bool {
	at := time.Unix(step, 0)
	return !at.Before(p.from) && at.Before(p.to)
}

// serveExport answers the decisions of a period from the stream, oldest first.
// format returns the writer of a file format, kind its media type. If the stream
// fails after the first byte was written, the handler cuts the connection: the
// client must not take half of the file for the whole. faas-provider hides the cut: it ignores
// that its copy failed, so that README.md says how to check a file.
//
// Source: proxy/proxy.go of github.com/openfaas/faas-provider, proxyRequest.
func (d *Dashboard) serveExport(kind, name string, format func(io.Writer) decisionWriter) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		p, err := readPeriod(query.Get, d.now())
		if err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		started := &countingWriter{next: w}
		// Nothing is counted while the writer of a format still buffers. Then the
		// answer can still have another status.
		if err := d.export(r.Context(), p, query.Get("function"), format(started)); err != nil {
			d.log.Warn("export not finished", "error", err)
			if started.n > 0 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Del("Content-Disposition")
			refuse(w, http.StatusServiceUnavailable, "the stream of decisions cannot be read; check NATS and try again")
		}
	}
}

// decisionWriter writes decisions in one format.
type decisionWriter interface {
	write(*event.Decision) error
	flush() error // after the last decision
}

// countingWriter counts the bytes that were written to next.
type countingWriter struct {
	next io.Writer
	n    int64
}

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.next.Write(p)
	c.n += int64(n)
	return n, err
}

// export writes the decisions of a period, of one function or of all if function
// is empty. It reads the stream from two steps before the period: a message is
// stored a little after the step that it is about, and clocks may differ.
func (d *Dashboard) export(ctx context.Context, p period, function string, out decisionWriter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Replay takes an age and not a time.
	since := max(d.now().Sub(p.from), 0) + 2*d.cfg.Step
	err := d.source.Replay(ctx, event.TypeDecisions, since, func(body []byte) {
		var batch event.Decisions
		if _, err := event.Open(d.cfg.Keys, event.TypeDecisions, body, &batch); err != nil || ctx.Err() != nil {
			return // the receiver counts refused messages
		}
		for i := range batch.Decisions {
			one := &batch.Decisions[i]
			if p.has(one.Step) && (function == "" || function == one.Function) {
				if err := out.write(one); err != nil {
					// The client is gone. Cancelling ends the replay early.
					cancel(err)
					return
				}
			}
		}
	})
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = out.flush()
	}
	return err
}

// jsonLines writes one decision per line as JSON.
type jsonLines struct{ *json.Encoder }

// newJSONLines returns a writer of one JSON object per line. It has no header, and
// each line is written at once.
func newJSONLines(w io.Writer) decisionWriter     { return jsonLines{json.NewEncoder(w)} }
func (j jsonLines) write(d *event.Decision) error { return j.Encode(d) }
func (j jsonLines) flush() error                  { return nil }
