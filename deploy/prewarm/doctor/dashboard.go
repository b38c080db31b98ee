package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"prewarm/deploy/prewarm/api"
)

// checkDashboard reports what the dashboard has noticed.
func (d *doctor) checkDashboard(ctx context.Context) {
	status, err := d.client.Status(ctx)
	if err != nil {
		do := "see the lines of gateway and functions; faas-cli logs dashboard"
		if errors.Is(err, api.ErrSignIn) {
			do = "set PREWARM_READ_TOKEN or PREWARM_DASHBOARD_TOKEN, or faas-cli login"
		}
		d.find("dashboard", err.Error(), do)
		return
	}
	d.noNATS = status.Paused == nil
	if !d.repeat(status.Notices) {
		d.ok("dashboard", fmt.Sprintf("answers; %s, %d alerts", newest(status.Newest, d.now("gateway")), status.Alerts))
	}
	d.readOverview(ctx)
}

// repeat reports the notices of the dashboard, and returns whether one is an error.
func (d *doctor) repeat(notices []api.Notice) (worst bool) {
	for _, n := range notices {
		if n.Class == "error" {
			worst = true
			d.find(topic(n.Text), "the dashboard says: "+n.Text, "the text says what to do")
		} else {
			d.warn(topic(n.Text), "the dashboard says: "+n.Text, "")
		}
	}
	return worst
}

// readOverview keeps what later checks need: the step, and the functions whose decisions
// another controller undid.
func (d *doctor) readOverview(ctx context.Context) {
	overview, err := d.client.Overview(ctx)
	if err != nil {
		d.warn("dashboard", err.Error(), "")
		return
	}
	d.step = time.Duration(overview.Step) * time.Second
	for _, r := range overview.Rows {
		if len(r.SetBacks) > 0 {
			d.setBacks = append(d.setBacks, r)
		}
	}
}

// topic returns the check that a notice of the dashboard belongs to.
func topic(notice string) string {
	for _, t := range []struct{ part, check string }{
		{"signature", "keys"}, {"another cluster", "keys"}, {"lies in the future", "clocks"}, {"NATS", "nats"}, {"cron connector", "cron"},
	} {
		if strings.Contains(notice, t.part) {
			return t.check
		}
	}
	return "dashboard"
}

// newest says when the newest step ended.
func newest(at int64, now time.Time) string {
	if at == 0 {
		return "no step yet"
	}
	return "the newest step ended " + now.Sub(time.Unix(at, 0)).Round(time.Second).String() + " ago"
}
