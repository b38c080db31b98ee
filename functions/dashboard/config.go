package dashboard

import (
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// Config is the configuration of the dashboard.
type Config struct {
	Key          []byte        // secret prewarm-hmac-key: what the messages are signed with
	Step         time.Duration // step: length of a step; without messages for three, the page warns
	Refresh      time.Duration // dashboard_refresh: how often the page reloads where there is no JavaScript, 0 for never
	Stream       time.Duration // dashboard_stream: after how long a page comes back for updates; below the gateway's timeout
	Savings      time.Duration // dashboard_savings: how far back decisions are counted at the start
	KeepAlive    int           // keep_alive_steps: what savings are compared with
	AlertCold    float64       // alert_cold_starts: expected in the next hour of steps, above which an alert begins
	Webhook      string        // secret prewarm-alert-webhook, or alert_webhook: where alerts are posted, empty for nowhere
	Token        string        // secret prewarm-dashboard-token: lets its owner pause, empty for nobody
	Gateway      string        // gateway_url: whose credentials let their owner pause and set modes
	Path         string        // dashboard_path: where the gateway serves this function
	History      time.Duration // dashboard_history: how far back messages are read at the start
	MaxFunctions int           // dashboard_max_functions: how many functions are kept
}

// ReadConfig reads the keys that Config names.
func ReadConfig(r *config.Reader) Config {
	step := r.Duration("step", time.Minute, time.Second, time.Hour)
	return Config{
		Key:          r.Key("prewarm-hmac-key", event.MinKey),
		Step:         step,
		Refresh:      r.Duration("dashboard_refresh", min(max(step, 2*time.Second), 30*time.Second), 0, time.Hour),
		Stream:       r.Duration("dashboard_stream", 25*time.Second, time.Second, time.Hour),
		Savings:      r.Duration("dashboard_savings", 7*24*time.Hour, time.Minute, 90*24*time.Hour),
		KeepAlive:    r.Int("keep_alive_steps", policy.DefaultConfig().KeepAlive, 1, 60),
		AlertCold:    r.Float("alert_cold_starts", 1.5, 0, event.Horizons),
		Webhook:      readWebhook(r),
		Token:        readToken(r),
		Gateway:      r.URL("gateway_url", "http://gateway.openfaas:8080", "http", "https"),
		Path:         r.String("dashboard_path", "/function/dashboard"),
		History:      r.Duration("dashboard_history", 30*time.Minute, time.Second, 24*time.Hour),
		MaxFunctions: r.Int("dashboard_max_functions", 2000, 1, 100_000),
	}
}

// readWebhook returns the address that alerts are posted to, empty for none.
func readWebhook(r *config.Reader) string {
	if secret := r.OptionalSecretURL("prewarm-alert-webhook", "http", "https"); secret != "" {
		return secret
	}
	if r.String("alert_webhook", "") == "" {
		return ""
	}
	return r.URL("alert_webhook", "", "http", "https")
}

// readToken returns the token that lets its owner pause, empty for none.
func readToken(r *config.Reader) string {
	if r.OptionalSecret("prewarm-dashboard-token") == "" {
		return ""
	}
	return string(r.Key("prewarm-dashboard-token", event.MinKey))
}
