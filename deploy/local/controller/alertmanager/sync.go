package alertmanager

import (
	"context"
	"fmt"
	"time"

	"prewarm/deploy/local/controller"
)

// Webhook posts a notification to the gateway's path /system/alert.
type Webhook interface {
	Alert(ctx context.Context, message Message) error
}

// Message is the part of AlertManager's webhook that the gateway reads, and what tells the
// rule.
type Message struct {
	Version  string         `json:"version"`
	Status   string         `json:"status"` // firing if one alert does, else resolved
	Receiver string         `json:"receiver"`
	Alerts   []MessageAlert `json:"alerts"`
}

// MessageAlert is an alert in a Message.
type MessageAlert struct {
	Status string            `json:"status"`
	Labels map[string]string `json:"labels"`
}

// AlertManager is the controller: the rule of Prometheus and AlertManager in one.
type AlertManager struct {
	Rule    Rule
	Manager Manager
	Webhook Webhook
	Store   controller.Store
	Clock   controller.Clock

	evaluate time.Time // when the rule is due
}

// Name implements controller.Controller.
func (a *AlertManager) Name() string { return "alertmanager" }

// Period implements controller.Controller. All times of the configuration are multiples.
func (a *AlertManager) Period() time.Duration { return 5 * time.Second }

// Sync evaluates the rule if that is due, and sends the notification that is.
func (a *AlertManager) Sync(ctx context.Context, now time.Time) error {
	if !now.Before(a.evaluate) {
		rates, err := a.Store.ByFunction(ctx, Query(a.Clock))
		if err != nil {
			return err
		}
		a.evaluate = now.Add(Evaluation)
		a.Manager.Receive(now, a.Rule.Evaluate(now, rates))
	}
	alerts := a.Manager.Notify(now)
	if len(alerts) == 0 {
		return nil
	}
	return a.Webhook.Alert(ctx, message(alerts))
}

// Query returns the rate of the rule: the successful calls per second of the trace.
func Query(clock controller.Clock) string {
	return fmt.Sprintf(`sum by (function_name) (rate(gateway_function_invocation_total{code="200"}[%dms])) / %g`, max(1, clock.OnClock(Window).Milliseconds()), clock.Speed)
}

// message returns the webhook's body.
func message(alerts []Alert) Message {
	m := Message{Version: "4", Status: status(alerts[0].Firing), Receiver: "scale-up"} // firing ones come first
	for _, a := range alerts {
		labels := map[string]string{"alertname": "APIHighInvocationRate", "function_name": a.Function, "service": "gateway", "severity": "major"}
		m.Alerts = append(m.Alerts, MessageAlert{status(a.Firing), labels})
	}
	return m
}

// status returns AlertManager's word.
func status(firing bool) string {
	if firing {
		return "firing"
	}
	return "resolved"
}
