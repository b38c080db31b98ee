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

// maxRange bounds the time of one export.
const maxRange = 90 * 24 * time.Hour

// period is a half-open range of time.
type period struct{ from, to time.Time }

// readPeriod reads from and to, RFC 3339 or Unix seconds; the default is the
// last day.
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
		return p, fmt.Errorf("from must be before to and at most %v, was: %v", maxRange, length)
	}
	return p, nil
}

func (p period) has(step int64) bool {
	at := time.Unix(step, 0)
	return !at.Before(p.from) && at.Before(p.to)
}

const (
	// maxExports bounds the exports at a time. Each holds up to 256 messages of the
	// stream, about 4 MB with the default batch of 20 functions.
	maxExports = 2
	// exportRetry is when, in seconds, who was one too many may come again.
	exportRetry = "5"
)

// fewAtATime answers 429 while maxExports are under way.
func (d *Dashboard) fewAtATime(export func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case d.exports <- struct{}{}:
			defer func() { <-d.exports }()
			export(w, r)
		default:
			w.Header().Set("Retry-After", exportRetry)
			refuse(w, http.StatusTooManyRequests, fmt.Sprintf("exports at a time must be at most %d; try again in %s s", maxExports, exportRetry))
		}
	}
}

// serveExport answers the decisions of a period, oldest first, straight from
// the stream. write makes the lines of a format. Where the stream breaks off
// after the first line, the connection is cut, so that half of it does not pass
// for the whole.
func (d *Dashboard) serveExport(kind, name string, format func(io.Writer) decisionWriter) func(http.ResponseWriter, *http.Request) {
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
		if err := d.export(r.Context(), p, query.Get("function"), format(started)); err != nil {
			d.log.Warn("export not finished", "error", err)
			if started.n > 0 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Del("Content-Disposition")
			refuse(w, http.StatusServiceUnavailable, "the stream of decisions does not answer; check NATS and try again")
		}
	}
}

// decisionWriter writes decisions in one format.
type decisionWriter interface {
	write(*event.Decision) error
	flush() error
}

type countingWriter struct {
	next io.Writer
	n    int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.next.Write(p)
	c.n += int64(n)
	return n, err
}

// export writes the decisions of a period. The stream is asked from a little
// before it, since a decision is stored after its step.
func (d *Dashboard) export(ctx context.Context, p period, function string, out decisionWriter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	since := max(d.now().Sub(p.from), 0) + 2*d.cfg.Step
	err := d.source.Replay(ctx, event.TypeDecisions, since, func(body []byte) {
		var batch event.Decisions
		if _, err := event.Open(d.cfg.Key, event.TypeDecisions, body, &batch); err != nil || ctx.Err() != nil {
			return // counted by the intake
		}
		for i := range batch.Decisions {
			one := &batch.Decisions[i]
			if p.has(one.Step) && (function == "" || function == one.Function) {
				if err := out.write(one); err != nil {
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

// jsonLines writes one decision in each line.
type jsonLines struct{ *json.Encoder }

func newJSONLines(w io.Writer) decisionWriter     { return jsonLines{json.NewEncoder(w)} }
func (j jsonLines) write(d *event.Decision) error { return j.Encode(d) }
func (j jsonLines) flush() error                  { return nil }
