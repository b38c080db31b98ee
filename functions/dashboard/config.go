package dashboard

import (
	"crypto/tls"
	"fmt"
	"time"
	"unicode/utf8"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// Config is the configuration of the dashboard. Each comment names the key in the
// environment, or the secret.
type Config struct {
	Keys         event.Keys    // secret prewarm-hmac-key and cluster: sign the messages
	Step         time.Duration // step: length of a step
	Refresh      time.Duration // dashboard_refresh: how often a page reloads without JavaScript, 0 for never
	Stream       time.Duration // dashboard_stream: how long an event stream stays open; must be below the gateway's timeout
	Savings      time.Duration // dashboard_savings: age of the oldest decision that is counted after a start
	KeepAlive    int           // keep_alive_steps: the keep-alive that savings are compared with
	AlertCold    float64       // alert_cold_starts: an alert begins above this number of expected cold starts that remain in an hour of steps
	Price        float64       // price_per_gb_second: what a gigabyte (2^30 bytes) of idle memory costs per second, 0 to show no price
	Currency     string        // currency: what the price is in
	Webhook      string        // secret prewarm-alert-webhook, or alert_webhook: address that alerts are posted to, empty for none
	Token        string        // secret prewarm-dashboard-token: allows to pause and to set modes, empty for none
	ReadToken    string        // secret prewarm-read-token: closes reading to callers without a session or a token, empty to leave it open
	Gateway      string        // gateway_url: gateway whose credentials allow to pause and to set modes
	GatewayTLS   *tls.Config   // secrets gateway-ca, gateway-cert and gateway-key: certificates towards the gateway, nil for none
	Origin       string        // dashboard_origin: scheme and host at which browsers open the dashboard, empty to tell by the headers
	Path         string        // dashboard_path: path at which the gateway serves this function
	History      time.Duration // dashboard_history: age of the oldest message that is read after a start
	MaxFunctions int           // dashboard_max_functions: number of functions that are kept
}

// stepSeconds returns the length of a step in seconds.
func (c Config) stepSeconds() int64 { return int64(c.Step.Seconds()) }

// ReadConfig reads the keys that the comments of Config name.
func ReadConfig(r *config.Reader) Config {
	step := r.Duration("step", time.Minute, time.Second, time.Hour)
	gateway := r.BaseURL("gateway_url", "http://gateway.openfaas:8080", "http", "https")
	return Config{
		Keys: event.ReadKeys(r),
		Step: step,
		// A page that reloads more often than the step shows nothing new.
		Refresh:      r.Duration("dashboard_refresh", min(max(step, 2*time.Second), 30*time.Second), 0, time.Hour),
		Stream:       r.Duration("dashboard_stream", 25*time.Second, time.Second, time.Hour),
		Savings:      r.Duration("dashboard_savings", 7*24*time.Hour, time.Minute, 90*24*time.Hour),
		KeepAlive:    r.Int("keep_alive_steps", policy.DefaultConfig().KeepAlive, 1, 60),
		AlertCold:    r.Float("alert_cold_starts", 1, 0, event.Horizons),
		Price:        r.Float("price_per_gb_second", 0, 0, 1000),
		Currency:     config.Parse(r, "currency", "EUR", parseCurrency),
		Webhook:      readWebhook(r),
		Token:        readToken(r, "prewarm-dashboard-token"),
		ReadToken:    readToken(r, "prewarm-read-token"),
		Gateway:      gateway,
		GatewayTLS:   r.TLS("gateway", gateway),
		Origin:       config.Parse(r, "dashboard_origin", "", parseOrigin),
		Path:         r.String("dashboard_path", "/function/dashboard"),
		History:      r.Duration("dashboard_history", 30*time.Minute, time.Second, 24*time.Hour),
		MaxFunctions: r.Int("dashboard_max_functions", 10_000, 1, 100_000),
	}
}

// maxCurrency bounds the name of the currency, so that it fits beside a number.
const maxCurrency = 8

func parseCurrency(text string) (string, error) {
	if n := utf8.RuneCountInString(text); n > maxCurrency || !utf8.ValidString(text) {
		return "", fmt.Errorf("must have at most %d characters, was: %.40q", maxCurrency, text)
	}
	return text, nil
}

// readWebhook reads the address that alerts are posted to, empty for none. It may
// hold a token, so the secret comes before the plain key.
func readWebhook(r *config.Reader) string {
	if secret := r.OptionalSecretURL("prewarm-alert-webhook", "http", "https"); secret != "" {
		return secret
	}
	if r.String("alert_webhook", "") == "" {
		return ""
	}
	return r.URL("alert_webhook", "", "http", "https")
}

// readToken reads the token of a secret, empty for none.
//
// It has the least length of a signing key, since attempts to guess it are not
// limited.
func readToken(r *config.Reader, name string) string {
	if r.OptionalSecret(name) == "" {
		return ""
	}
	return string(r.Key(name, event.MinKey))
}
