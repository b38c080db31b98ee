// Package prometheus reads raw samples of counters over the Prometheus HTTP API, and
// computes exact increments per step from them. Importers call it prom, since
// client_golang has the same name.
//
// It reads raw samples because the function increase() of the query language
// extrapolates to the borders of its range, and so returns fractions of calls.
package prometheus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/config"
)

// DefaultMaxBody is the default of Config.MaxBody: 64 MiB, about two million samples.
const DefaultMaxBody = 64 << 20

var (
	// ErrStatus means that the store answered with an error.
	ErrStatus = errors.New("prometheus: store answered with an error")
	// ErrPartial means that the store says that its answer is incomplete.
	ErrPartial = errors.New("prometheus: answer is incomplete")
	// ErrTooLarge means an answer above Config.MaxBody.
	ErrTooLarge = errors.New("prometheus: answer is too large")
	// ErrMalformed means an answer that does not have the documented form.
	ErrMalformed = errors.New("prometheus: malformed answer")
)

// Config of a Client. Token takes precedence over User and Password; without either,
// queries are not authenticated.
type Config struct {
	URL            string
	User, Password string
	Token          string
	MaxBody        int64 // bytes of an answer, 0 for DefaultMaxBody
}

// ReadConfig reads prometheus_url and the optional secrets prometheus-user,
// prometheus-password and prometheus-token.
func ReadConfig(r *config.Reader) Config {
	return Config{
		URL:      r.URL("prometheus_url", "http://prometheus.openfaas:9090", "http", "https"),
		User:     r.OptionalSecret("prometheus-user"),
		Password: r.OptionalSecret("prometheus-password"),
		Token:    r.OptionalSecret("prometheus-token"),
	}
}

// Client queries one store. It is safe for concurrent use.
type Client struct {
	cfg  Config
	http *http.Client
}

// New returns a client. If httpClient is nil, it uses a client of its own. Only the
// context of a query bounds its time.
func New(cfg Config, httpClient *http.Client) *Client {
	if cfg.MaxBody == 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if httpClient == nil {
		httpClient = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	return &Client{cfg: cfg, http: httpClient}
}

// Matcher is a condition on a label: Op is one of = != =~ !~.
type Matcher struct{ Label, Op, Value string }

// Sample is a value at a time in Unix milliseconds.
type Sample struct {
	T int64
	V float64
}

// Series is a labelled sequence of samples, rising strictly in T, all finite.
type Series struct {
	Labels  map[string]string
	Samples []Sample
}

// Raw returns the samples of metric in the half-open time (from, to], in order of time,
// one Series per set of labels. It leaves out series without samples, and samples that
// are not finite, such as staleness markers.
//
// A range selector of Prometheus 2 includes both ends, one of Prometheus 3 or
// VictoriaMetrics only the later one, and VictoriaMetrics rounds times down to the
// millisecond. Raw therefore selects a millisecond more at either end, and cuts the
// answer itself.
//
// Raw panics if from is not before to, or if a name or operator is not valid in the
// query language: these come from the program and not from outside.
func (c *Client) Raw(ctx context.Context, metric string, matchers []Matcher, from, to time.Time) ([]Series, error) {
	lo, hi := from.UnixMilli(), to.UnixMilli()
	if lo >= hi {
		panic("prometheus: from must be before to")
	}
	query := fmt.Sprintf("%s[%dms]", selector(metric, matchers), hi-lo+2)
	body, err := c.query(ctx, query, hi+1)
	if err == nil {
		var all []Series
		if all, err = decode(body); err == nil {
			return within(all, lo, hi), nil
		}
	}
	return nil, fmt.Errorf("query %s: %w", metric, err)
}

// query returns the body of the answer to an instant query at t (Unix ms). It is a POST,
// since the query may be longer than a URL.
func (c *Client) query(ctx context.Context, query string, t int64) ([]byte, error) {
	form := url.Values{"query": {query}, "time": {fmt.Sprintf("%d.%03d", t/1000, t%1000)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL+"/api/v1/query", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.authorize(req)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, c.cfg.MaxBody+1)) // one byte more shows that it is too large
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > c.cfg.MaxBody:
		return nil, fmt.Errorf("%w: at most %d bytes", ErrTooLarge, c.cfg.MaxBody)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: %s: %.200q", ErrStatus, res.Status, refusal(body))
	}
	return body, nil
}

// authorize adds the credentials to a request.
func (c *Client) authorize(req *http.Request) {
	switch {
	case c.cfg.Token != "":
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	case c.cfg.User != "":
		req.SetBasicAuth(c.cfg.User, c.cfg.Password)
	}
}

// Names that the query language allows.
var (
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	labelName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
)

// selector returns metric{label="value"}. The query language quotes strings as Go does.
func selector(metric string, matchers []Matcher) string {
	if !metricName.MatchString(metric) {
		panic("prometheus: invalid metric name " + strconv.Quote(metric))
	}
	parts := make([]string, len(matchers))
	for i, m := range matchers {
		if !labelName.MatchString(m.Label) || !slices.Contains([]string{"=", "!=", "=~", "!~"}, m.Op) {
			panic("prometheus: invalid matcher " + strconv.Quote(m.Label+m.Op))
		}
		parts[i] = m.Label + m.Op + strconv.Quote(m.Value)
	}
	return metric + "{" + strings.Join(parts, ",") + "}"
}

// within cuts every series to (lo, hi] in place, and drops those that are empty then.
func within(all []Series, lo, hi int64) []Series {
	kept := all[:0]
	for _, s := range all {
		s.Samples = slices.DeleteFunc(s.Samples, func(x Sample) bool { return x.T <= lo || x.T > hi })
		if len(s.Samples) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}
