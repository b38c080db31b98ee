package dashboard

import (
	"context"
	"fmt"
	"time"
)

// statusJSON is the state of the chain and of the pause switch.
type statusJSON struct {
	Newest  int64    `json:"newest"`  // end of the last known step, Unix seconds, 0 for none
	Paused  *bool    `json:"paused"`  // nil if the switch cannot be read
	Notices []notice `json:"notices"` // what is wrong, and what to do
	Alerts  int      `json:"alerts"`  // number of firing alerts
}

// notice is one line of the status: what is wrong and what to do about it.
type notice struct {
	Class string `json:"class"` // error or warn
	Text  string `json:"text"`
}

// newNotice returns a notice with a formatted text.
func newNotice(class, format string, args ...any) notice {
	return notice{class, fmt.Sprintf(format, args...)}
}

// status returns the current state of the chain.
func (d *Dashboard) status(ctx context.Context) statusJSON {
	newest := d.view.Newest()
	paused, notices := d.pauseSwitch(ctx)
	notices = append(append(notices, d.messageNotices(newest)...), d.fightNotices()...)
	notices = append(notices, d.scrapes.notices()...)
	return statusJSON{Newest: newest, Paused: paused, Notices: notices, Alerts: len(d.watch.firing())}
}

// pauseSwitch returns whether all scaling is paused, nil if that is not known,
// and the notices about it, which are a list and never nil.
func (d *Dashboard) pauseSwitch(ctx context.Context) (*bool, []notice) {
	// A page must not wait long for a NATS server that does not answer.
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := d.source.Health(ctx); err != nil {
		return nil, []notice{newNotice("error", "NATS does not answer, so the page shows the last known state (%v). Check that NATS runs and that nats_url points to it.", err)}
	}
	pause, err := d.source.Paused(ctx)
	paused := pause.Paused
	switch {
	case err != nil:
		// The scaler reads the same switch and does nothing without it.
		return nil, []notice{newNotice("error", "The pause switch cannot be read, so nothing is scaled (%v). Check that JetStream answers: nats stream ls", err)}
	case paused && pause.Note != "":
		return &paused, []notice{newNotice("error", "Scaling is paused, because %s. Pause or resume here: that sets the switch again.", pause.Note)}
	case pause.Note != "":
		return &paused, []notice{newNotice("error", "Scaling is not paused, but %s. Pause and resume here: that sets the switch again.", pause.Note)}
	case paused:
		return &paused, []notice{newNotice("warn", "Scaling is paused by the operator: prewarm changes no replicas. Other controllers go on.")}
	}
	return &paused, []notice{}
}

// staleGrace is the time that the chain may need beyond its steps.
const staleGrace = 15 * time.Second

// staleAfter returns the age of the newest step above which the chain counts as
// standing still.
//
// Three steps, because one late or failed tick is normal and repaired by the next.
func (d *Dashboard) staleAfter() time.Duration { return 3*d.cfg.Step + staleGrace }

// messageNotices returns the notices about refused messages and about the age of
// the newest step, which is in Unix seconds, 0 for none.
func (d *Dashboard) messageNotices(newest int64) []notice {
	var out []notice
	// These counters never fall: their notices stay until the process ends, so that a
	// short attack or misconfiguration is not missed.
	if n := d.receiver.forged.Load(); n > 0 {
		out = append(out, newNotice("error", "%d messages were refused, because their signature does not match. All functions of the suite need the same secret prewarm-hmac-key.", n))
	}
	if n := d.receiver.foreign.Load(); n > 0 {
		out = append(out, newNotice("error", "%d messages were refused, because they are of another cluster. Give each cluster a NATS account and a key of its own; all functions of one need the same key cluster. The log of the dashboard names both.", n))
	}
	if n := d.receiver.invalid.Load(); n > 0 {
		out = append(out, newNotice("error", "%d messages were refused as malformed. All functions of the suite need the same version; the log of the dashboard names the fields.", n))
	}
	out = append(out, d.receiver.ahead.notices(d.now())...)
	if age := d.now().Sub(time.Unix(newest, 0)); newest > 0 && age > d.staleAfter() {
		out = append(out, newNotice("warn", "No message for %s. Check that the cron connector calls the collector: faas-cli logs collector", age.Round(time.Second)))
	}
	return out
}
