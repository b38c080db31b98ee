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
	"slices"
	"time"

	"prewarm/shared/config"
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

// Client queries one store. It is safe for concurrent use.
type Client struct {
	cfg  Config
	http *http.Client
}

// New returns a client. If httpClient is nil, it uses a client of its own with cfg.TLS,
// which refuses redirections. Only the context of a query bounds its time.
func New(cfg Config, httpClient *http.Client) *Client {
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.MaxSeries = cmp.Or(cfg.MaxSeries, DefaultMaxSeries)
	if httpClient == nil {
		httpClient = config.HTTPClient("prometheus", cfg.URL, cfg.TLS)
	}
	return &Client{cfg: cfg, http: httpClient}
}

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
// per set of labels, in the order of the answer. matchers come on top of those of Config.
// Each leaves out series without samples, and samples that are not finite, such as
// staleness markers. take may keep what it gets.
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
	query := fmt.Sprintf("%s[%dms]", selector(metric, slices.Concat(c.cfg.Matchers, matchers)), hi-lo+2)
	body, err := c.query(ctx, query, hi+1)
	if err == nil {
		defer body.Close()
		err = decode(scanner{r: body, max: c.cfg.MaxBody, maxValue: c.cfg.MaxSeries}, lo, hi, take)
	}
	if err != nil {
		return fmt.Errorf("query %s: %w", metric, err)
	}
	return nil
}
