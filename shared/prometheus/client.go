// Package prometheus reads raw samples of counters over the Prometheus HTTP API, and
// computes exact increments per step from them. Importers call it prom, since
// client_golang has the same name.
//
// It reads raw samples because the function increase() of the query language
// extrapolates to the borders of its range, and so returns fractions of calls.
package prometheus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/config"
)

// Defaults of Config. An answer is read as a stream, so that its bound only ends one that
// never would: 1 GiB are about forty million samples. The largest series in memory, 16
// MiB, is half a million samples, a week of one per second.
const (
	DefaultMaxBody   = 1 << 30
	DefaultMaxSeries = 16 << 20
)

var (
	// ErrStatus means that the store answered with an error.
	ErrStatus = errors.New("prometheus: store answered with an error")
	// ErrPartial means that the store says that its answer is incomplete.
	ErrPartial = errors.New("prometheus: answer is incomplete")
	// ErrTooLarge means an answer above Config.MaxBody, or a series above Config.MaxSeries.
	// It is an ErrLimit.
	ErrTooLarge = fmt.Errorf("%w: answer is too large", ErrLimit)
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
	MaxSeries      int64 // bytes of one series in an answer, 0 for DefaultMaxSeries
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
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.MaxSeries = cmp.Or(cfg.MaxSeries, DefaultMaxSeries)
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

// Each passes the samples of metric in the half-open time (from, to] to take, one Series
// per set of labels, in the order of the answer. It leaves out series without samples, and
// samples that are not finite, such as staleness markers. take may keep what it gets.
//
// Each decodes the answer while it arrives: the memory is that of one series. What is
// wrong with an answer may stand at its end. If Each returns an error, everything that it
// has passed is void. An error of take ends the reading, and Each returns it.
//
// A range selector of Prometheus 2 includes both ends, one of Prometheus 3 or
// VictoriaMetrics only the later one, and VictoriaMetrics rounds times down to the
// millisecond. Each therefore selects a millisecond more at either end, and cuts the
// answer itself.
//
// Each panics if from is not before to, or if a name or operator is not valid in the
// query language: these come from the program and not from outside.
func (c *Client) Each(ctx context.Context, metric string, matchers []Matcher, from, to time.Time, take func(Series) error) error {
	lo, hi := from.UnixMilli(), to.UnixMilli()
	if lo >= hi {
		panic("prometheus: from must be before to")
	}
	query := fmt.Sprintf("%s[%dms]", selector(metric, matchers), hi-lo+2)
	body, err := c.query(ctx, query, hi+1)
	if err == nil {
		defer body.Close()
		err = decode(&bounded{r: body, max: c.cfg.MaxBody, maxValue: c.cfg.MaxSeries}, lo, hi, take)
	}
	if err != nil {
		return fmt.Errorf("query %s: %w", metric, err)
	}
	return nil
}

// Raw returns what Each passes.
func (c *Client) Raw(ctx context.Context, metric string, matchers []Matcher, from, to time.Time) ([]Series, error) {
	var all []Series
	err := c.Each(ctx, metric, matchers, from, to, func(s Series) error {
		all = append(all, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
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
