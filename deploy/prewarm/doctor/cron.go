package doctor

import (
	"context"
	"fmt"
	"time"

	"prewarm/shared/config"
)

// cronTopic is the topic of functions that the cron-connector calls.
//
// Source: docs.openfaas.com, page "Scheduling function runs".
const cronTopic = "cron-function"

// lateSteps is how many steps the newest one may be old, with lateGrace for the chain: a tick
// that is late or fails is repaired by the next one.
const (
	lateSteps = 3
	lateGrace = 15 * time.Second
)

// tick is the answer of the collector to GET (functions/collector/status.go).
type tick struct {
	Step     int     `json:"step_seconds"`
	Last     int64   `json:"last_step"`               // end of the last published step, 0 for none
	Result   string  `json:"last_result"`             // of the latest tick, "" for none
	Lag      float64 `json:"store_lag_seconds"`       // time until the store shows a scrape
	Interval float64 `json:"scrape_interval_seconds"` // between two scrapes
}

// checkCron checks that cron calls the collector, and that its ticks succeed.
func (d *doctor) checkCron(ctx context.Context) {
	f := d.function("collector")
	if f != nil && f.Annotations["topic"] != cronTopic {
		d.find("cron", fmt.Sprintf("the annotation topic of the collector must be %s, is: %.40q, so that cron does not call it", cronTopic, f.Annotations["topic"]), "deploy it as in stack.yml, with topic and schedule")
		return
	}
	t, err := d.tick(ctx)
	switch {
	case err != nil && f != nil && f.Available > 0:
		d.find("functions", "the collector is ready by the gateway, and does not answer: "+err.Error(), "faas-cli logs collector; kubectl -n "+namespace+" rollout restart deploy collector")
		return
	case err != nil:
		d.skip("cron", "the collector does not tell when it was called: "+err.Error(), "see the lines of gateway and functions")
		return
	}
	age := d.now("gateway").Sub(time.Unix(t.Last, 0)).Round(time.Second)
	late := t.Last == 0 || age > lateSteps*time.Duration(t.Step)*time.Second+lateGrace
	const do = "install the cron-connector in the namespace openfaas (helm chart openfaas/cron-connector), and see its log; the annotation schedule of the collector must call it once per step"
	switch {
	case !late:
		d.ok("cron", fmt.Sprintf("the collector is called; its newest step ended %v ago", age))
	case t.Result == "":
		d.find("cron", "nobody has called the collector since it started: cron does not fire", do)
	case t.Result == "published" || t.Result == "nothing_new" || t.Result == "in_progress":
		d.find("cron", fmt.Sprintf("the last call of the collector was for a step that ended %v ago: cron does not fire", age), do)
	default:
		d.find("cron", fmt.Sprintf("the ticks of the collector fail: %.40s", t.Result), "see the lines of store, gateway and nats; faas-cli logs collector")
	}
}

// tick asks the collector for its last tick.
func (d *doctor) tick(ctx context.Context) (t tick, err error) {
	a := d.cfg.Access
	client := config.HTTPClient("gateway", a.Gateway, a.TLS)
	if err = d.ask(ctx, "gateway", client, a.Gateway+"/function/collector", nothing, &t); err != nil {
		return t, err
	}
	if t.Step < 1 || t.Step > 3600 || t.Last < 0 || !(t.Lag >= 0 && t.Interval >= 0) {
		return t, fmt.Errorf("the answer is out of bounds: step_seconds %d, last_step %d", t.Step, t.Last)
	}
	return t, nil
}
