package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"prewarm/shared/series"
)

// alert is something that an operator should know. Its ID is the same as long
// as it lasts.
type alert struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`               // cold-starts, chain-stale, nats-down, store-down or model-missing
	Function  string    `json:"function,omitempty"` // of cold-starts
	Text      string    `json:"text"`               // what is wrong, and what to do
	Value     float64   `json:"value"`              // expected cold starts, or seconds
	Threshold float64   `json:"threshold"`
	Since     time.Time `json:"since"`
}

// release is the share of the threshold below which an alert about cold starts
// ends, so that one at the threshold does not come and go.
const release = 0.8

// findAlerts returns what is wrong at now, sorted by ID. before are the alerts
// of the last look.
func (d *Dashboard) findAlerts(ctx context.Context, now time.Time, before map[string]alert) []alert {
	out := d.chainAlerts(ctx, now)
	for _, r := range d.view.since(0).changed {
		threshold := d.cfg.AlertCold
		if _, lasting := before["cold-starts/"+r.name]; lasting {
			threshold *= release
		}
		if f := r.forecast; f != nil && f.NoData == "" && f.ExpectedCold > threshold {
			out = append(out, alert{
				Kind: "cold-starts", Function: r.name, Value: f.ExpectedCold, Threshold: d.cfg.AlertCold,
				Text: fmt.Sprintf("%.1f cold starts are expected in the next %s with keep-alive alone.", f.ExpectedCold, d.units(hourSteps)),
			})
		}
	}
	for i := range out {
		a := &out[i]
		a.ID, a.Since = a.Kind, now.UTC()
		if a.Function != "" {
			a.ID += "/" + a.Function
		}
		if was, lasting := before[a.ID]; lasting {
			a.Since = was.Since
		}
	}
	slices.SortFunc(out, func(a, b alert) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// chainAlerts looks at what all functions depend on.
func (d *Dashboard) chainAlerts(ctx context.Context, now time.Time) []alert {
	if err := d.source.Health(ctx); err != nil {
		return []alert{{Kind: "nats-down", Text: "NATS does not answer: nothing is forecast or scaled. Check that NATS runs and that nats_url points to it."}}
	}
	k, limit := d.view.newestOf(), 3*d.cfg.Step+staleGrace
	age := now.Sub(time.Unix(k.windows, 0))
	switch {
	case k.windows == 0:
		return nil // nothing has come yet: the page says what to do
	case age > limit:
		return []alert{{Kind: "chain-stale", Value: age.Seconds(), Threshold: limit.Seconds(),
			Text: "The collector is silent, so nothing is forecast or scaled. Check that the cron connector calls it: faas-cli logs collector"}}
	case d.view.unmeasured():
		return []alert{{Kind: "store-down", Text: "The last step was measured for no function, so nothing is scaled. Check that Prometheus answers at prometheus_url and scrapes the gateway."}}
	}
	if lag := time.Duration(k.windows-k.forecasts) * time.Second; lag > limit {
		return []alert{{Kind: "model-missing", Value: lag.Seconds(), Threshold: limit.Seconds(),
			Text: "History comes, but no forecasts. Check the predictor and the connector: faas-cli logs predictor"}}
	}
	return nil
}

func (v *view) newestOf() kinds {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.kinds
}

// unmeasured reports whether there are functions and none has data of its last
// step.
func (v *view) unmeasured() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := false
	for _, r := range v.records {
		if len(r.window.Counts) > 0 {
			if r.calls() != series.NoData {
				return false
			}
			seen = true
		}
	}
	return seen
}

// change is an alert that began or ended.
type change struct {
	alert
	Status string    `json:"status"` // firing or resolved
	At     time.Time `json:"at"`
}

// watch keeps the alerts that last and tells the webhook of changes.
type watch struct {
	mu      sync.Mutex
	lasting map[string]alert
	pending []change // that the webhook has not taken yet
}

// maxPending bounds the changes that wait for the webhook.
const maxPending = 1000

// look replaces the alerts that last by those of now and returns whether any
// began or ended.
func (w *watch) look(found []alert, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := make(map[string]alert, len(found))
	changes := 0
	for _, a := range found {
		next[a.ID] = a
		if _, lasting := w.lasting[a.ID]; !lasting {
			w.pending = append(w.pending, change{a, "firing", now.UTC()})
			changes++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.lasting)) {
		if _, lasts := next[id]; !lasts {
			w.pending = append(w.pending, change{w.lasting[id], "resolved", now.UTC()})
			changes++
		}
	}
	w.pending = w.pending[max(0, len(w.pending)-maxPending):]
	w.lasting = next
	return changes > 0
}

func (w *watch) before() map[string]alert {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lasting
}

// alerts looks now and returns what lasts.
func (d *Dashboard) alerts(ctx context.Context) []alert {
	now := d.now()
	found := d.findAlerts(ctx, now, d.watch.before())
	d.watch.look(found, now)
	return found
}

// watchRun looks for alerts and posts their changes until ctx ends.
func (d *Dashboard) watchRun(ctx context.Context, post func(context.Context, []change) error) {
	delay := time.Duration(0)
	for wait := time.Duration(0); ; wait = max(d.lookPeriod(), delay) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		d.alerts(ctx)
		if err := d.watch.deliver(ctx, post); err != nil {
			delay = min(max(2*delay, d.lookPeriod()), 5*time.Minute)
			d.log.Warn("webhook did not take the alerts; they are sent again", "error", err, "after", delay.String())
			continue
		}
		delay = 0
	}
}

func (d *Dashboard) lookPeriod() time.Duration {
	return min(max(d.cfg.Step/4, time.Second), 15*time.Second)
}

// deliver posts what is pending and forgets it where that succeeds.
func (w *watch) deliver(ctx context.Context, post func(context.Context, []change) error) error {
	w.mu.Lock()
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
	w.pending = w.pending[min(len(batch), len(w.pending)):]
	return nil
}
