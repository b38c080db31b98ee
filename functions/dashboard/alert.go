package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"prewarm/functions/dashboard/history"
	"prewarm/functions/dashboard/view"
)

// alert is something that an operator should know.
type alert struct {
	ID        string    `json:"id"`                 // the same for as long as the alert fires
	Kind      string    `json:"kind"`               // cold-starts, clock-behind, chain-stale, nats-down, store-down or model-missing
	Function  string    `json:"function,omitempty"` // of cold-starts
	Text      string    `json:"text"`               // what is wrong, and what to do
	Value     float64   `json:"value"`              // expected cold starts that remain, or seconds
	KeepAlive float64   `json:"keep_alive"`         // of cold-starts: those expected under keep-alive
	Threshold float64   `json:"threshold"`
	Since     time.Time `json:"since"`
}

// releaseShare is the share of the threshold below which a cold-start alert
// ends. The distance keeps a value near the threshold from switching the alert on
// and off.
const releaseShare = 0.8

// coldStartID returns the ID of the cold-start alert of a function.
func coldStartID(function string) string { return "cold-starts/" + function }

// findAlerts returns the alerts at now, sorted by ID. firing are those of the
// last time.
func (d *Dashboard) findAlerts(ctx context.Context, now time.Time, firing map[string]alert) []alert {
	out := append(d.chainAlerts(ctx, now), d.coldStartAlerts(firing)...)
	// An alert that goes on keeps the time at which it began.
	for i := range out {
		out[i].Since = now.UTC()
		if before, known := firing[out[i].ID]; known && !before.Since.After(now) {
			out[i].Since = before.Since
		}
	}
	slices.SortFunc(out, func(a, b alert) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// coldStartAlerts returns an alert for each function of which too many cold starts are
// expected to remain.
func (d *Dashboard) coldStartAlerts(firing map[string]alert) []alert {
	var out []alert
	for s := range d.view.Match("") {
		id, threshold := coldStartID(s.Name), d.cfg.AlertCold
		// The threshold to begin stays that of the configuration; only the one to
		// end is lower.
		if _, known := firing[id]; known {
			threshold *= releaseShare
		}
		if c, known := s.ColdStarts(); known && c.Left > threshold {
			out = append(out, alert{
				ID: id, Kind: "cold-starts", Function: s.Name, Value: c.Left, KeepAlive: c.KeepAlive, Threshold: d.cfg.AlertCold,
				Text: d.coldStartText(c, s.Active()),
			})
		}
	}
	return out
}

// coldStartText states the expected cold starts under keep-alive and those that remain, and
// what could be done.
func (d *Dashboard) coldStartText(c view.ColdStarts, active bool) string {
	text := fmt.Sprintf("%.1f cold starts are expected in the next %s with keep-alive alone", c.KeepAlive, d.units(history.HourSteps))
	switch {
	case c.Prewarm == nil:
		return text + ", and the scaler makes no decisions that would avoid some. Check it: faas-cli logs scaler"
	case active:
		return text + fmt.Sprintf("; %.1f remain with prewarm. A lower cost ratio leaves fewer.", c.Left)
	}
	return text + fmt.Sprintf("; %.1f would remain with prewarm in mode active.", *c.Prewarm)
}

// chainAlerts checks the parts that all functions depend on, in the order of the
// chain. It returns the first failure alone, since it explains the later ones.
func (d *Dashboard) chainAlerts(ctx context.Context, now time.Time) []alert {
	if err := d.source.Health(ctx); err != nil {
		return []alert{chainAlert("nats-down", 0, 0, "NATS does not answer: nothing is forecast or scaled. Check that NATS runs and that nats_url points to it.")}
	}
	newest, limit := d.view.Kinds(), d.staleAfter()
	behind := d.receiver.ahead.within(now, limit)
	// age compares with the clock of this node. lag compares two steps of the
	// collector and does not depend on any clock.
	age := now.Sub(time.Unix(newest.Windows, 0))
	lag := time.Duration(newest.Windows-newest.Forecasts) * time.Second
	switch {
	// Also before the first message: a dashboard that starts with a late clock gets none.
	case behind > 0 && age > limit:
		return []alert{chainAlert("clock-behind", behind, d.cfg.Step, "The messages of the chain are ahead of the clock of the dashboard, which refuses them. Check the clocks of all nodes: that of the dashboard is behind, or that of the collector is ahead.")}
	case newest.Windows == 0:
		return nil // before the first message the overview helps
	case age > limit:
		return []alert{chainAlert("chain-stale", age, limit, "The collector sends nothing, so nothing is forecast or scaled. Check that the cron connector calls it: faas-cli logs collector")}
	case d.view.Unmeasured():
		return []alert{chainAlert("store-down", 0, 0, "The last step was measured for no function, so nothing is scaled. Check that Prometheus answers at prometheus_url and scrapes the gateway.")}
	case lag > limit:
		return []alert{chainAlert("model-missing", lag, limit, "The collector sends windows, but no forecasts arrive. Check the predictor and the connector: faas-cli logs predictor")}
	}
	return nil
}

// chainAlert returns an alert about the chain. value and threshold are 0 if the kind
// has none.
func chainAlert(kind string, value, threshold time.Duration, text string) alert {
	return alert{ID: kind, Kind: kind, Value: value.Seconds(), Threshold: threshold.Seconds(), Text: text}
}

// updateAlerts finds the alerts of now, stores them in the watch and returns
// them. The list is never nil.
func (d *Dashboard) updateAlerts(ctx context.Context) []alert {
	now := d.now()
	found := d.findAlerts(ctx, now, d.watch.firing())
	d.watch.update(found, now)
	return append([]alert{}, found...)
}

// maxPostDelay bounds the wait after posts that failed one after the other.
const maxPostDelay = 5 * time.Minute

// runAlerts updates the alerts four times a step and posts their changes, until
// ctx ends. After a failed post it waits twice as long as before.
func (d *Dashboard) runAlerts(ctx context.Context, post func(context.Context, []change) error) {
	period := min(max(d.cfg.Step/4, time.Second), 15*time.Second)
	delay := time.Duration(0)
	// The first round is at once, so that a restart shows alerts without delay.
	for wait := time.Duration(0); ; wait = max(period, delay) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		d.forgetAhead() // also if no further message comes
		d.updateAlerts(ctx)
		if err := d.watch.deliver(ctx, post); err != nil {
			delay = min(max(2*delay, period), maxPostDelay)
			d.log.Warn("the webhook did not take the alerts; they are sent again", "error", err, "after", delay.String())
			continue
		}
		delay = 0
	}
}
