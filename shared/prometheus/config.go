package prometheus

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"prewarm/shared/config"
)

// Defaults of Config. An answer is read as a stream, so that its bound only ends one that
// never would: 1 GiB are about forty million samples. The largest series in memory, 16
// MiB, is half a million samples, a week of one per second.
const (
	DefaultMaxBody   = 1 << 30
	DefaultMaxSeries = 16 << 20
)

// Config of a Client. Token takes precedence over User and Password, and all of them over
// a header Authorization.
type Config struct {
	URL            string // to which /api/v1/query is added
	TLS            *tls.Config
	User, Password string
	Token          string
	Headers        http.Header // of every query; values may be credentials
	Matchers       []Matcher   // of every query
	MaxBody        int64       // bytes of an answer, 0 for DefaultMaxBody
	MaxSeries      int64       // bytes of one series in an answer, 0 for DefaultMaxSeries
}

// ReadConfig reads prometheus_url, prometheus_matchers, prometheus_headers, the optional
// secrets prometheus-user, prometheus-password, prometheus-token and prometheus-headers,
// and the certificates prometheus-ca, prometheus-cert and prometheus-key. A header of the
// secret replaces that of the key.
func ReadConfig(r *config.Reader) Config {
	cfg := config.Parse(r, "prometheus_url", "http://prometheus.openfaas:9090", parseKey)
	cfg.TLS = r.TLS("prometheus", cfg.URL)
	cfg.User = cmp.Or(r.OptionalSecret("prometheus-user"), cfg.User)
	cfg.Password = cmp.Or(r.OptionalSecret("prometheus-password"), cfg.Password)
	cfg.Token = r.OptionalSecret("prometheus-token")
	cfg.Headers = http.Header{}
	maps.Copy(cfg.Headers, config.Parse(r, "prometheus_headers", "", ParseHeaders))
	maps.Copy(cfg.Headers, config.ParseSecret(r, "prometheus-headers", ParseHeaders))
	cfg.Matchers = config.Parse(r, "prometheus_matchers", "", ParseMatchers)
	return cfg
}

var errQuery = errors.New("must be a URL without query and fragment")

// ParseURL returns the Config for the address of a store, which may carry user and
// password as URLs do. The error begins with "must be", and shows no password.
func ParseURL(text string) (Config, error) {
	u, err := config.ParseURL(text, "http", "https")
	if err != nil {
		return Config{}, err
	}
	var cfg Config
	if u.User != nil {
		cfg.User = u.User.Username()
		cfg.Password, _ = u.User.Password()
		// Credentials go into a header; as part of the URL they would appear in errors.
		u.User = nil
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
		return Config{}, fmt.Errorf("%w, was: %.200q with one of them", errQuery, u)
	}
	if u, err = config.ParseBase(u.String(), "http", "https"); err != nil {
		return Config{}, err
	}
	cfg.URL = u.String()
	return cfg, nil
}

// parseKey is ParseURL with an error that names the keys to set instead of a query.
func parseKey(text string) (Config, error) {
	cfg, err := ParseURL(text)
	if errors.Is(err, errQuery) {
		err = fmt.Errorf("%w; set prometheus_matchers to select series, and prometheus_headers for tenants and tokens", err)
	}
	return cfg, err
}
