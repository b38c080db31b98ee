package dashboard

import (
	"context"
	"fmt"
	"time"
)

// notice is a line that says what is wrong and what to do about it.
type notice struct {
	Class string `json:"class"` // error, warn or info
	Text  string `json:"text"`
}

func newNotice(class, format string, args ...any) notice {
	return notice{class, fmt.Sprintf(format, args...)}
}

// notices looks at the refused messages and the age of the newest one, which is
// zero where none has come.
func (d *Dashboard) notices(newest time.Time) []notice {
	var out []notice
	if n := d.intake.forged.Load(); n > 0 {
		out = append(out, newNotice("error", "%d messages were refused, because their signature does not match. All functions of the suite need the same secret prewarm-hmac-key.", n))
	}
	if n := d.intake.invalid.Load(); n > 0 {
		out = append(out, newNotice("error", "%d messages were refused as malformed. All functions of the suite need the same version; the log of the dashboard names the fields.", n))
	}
	if n := d.intake.ahead.Load(); n > 0 {
		out = append(out, newNotice("error", "%d messages were left out, because their step lies in the future. Check the clocks of the nodes, that of the dashboard too.", n))
	}
	if age := d.now().Sub(newest); !newest.IsZero() && age > 3*d.cfg.Step+staleGrace {
		out = append(out, newNotice("warn", "No message for %s. Check that the cron connector calls the collector: faas-cli logs collector", age.Round(time.Second)))
	}
	return out
}

// staleGrace is the time that the chain may take beside its steps.
const staleGrace = 15 * time.Second

// pauseSwitch returns whether the operator has frozen all scaling, nil where
// that is not known, and what there is to say about it, which is never nil.
func (d *Dashboard) pauseSwitch(ctx context.Context) (*bool, []notice) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := d.source.Health(ctx); err != nil {
		return nil, []notice{newNotice("error", "NATS does not answer, so this is the last that was known (%v). Check that NATS runs and that nats_url points to it.", err)}
	}
	paused, err := d.source.Paused(ctx)
	switch {
	case err != nil:
		return nil, []notice{newNotice("error", "The pause switch cannot be read, so nothing is scaled (%v). Check that JetStream answers: nats stream ls", err)}
	case paused:
		return &paused, []notice{newNotice("warn", "Scaling is paused by the operator: every function stays as it is.")}
	}
	return &paused, []notice{}
}
