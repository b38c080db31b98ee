package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"
)

// Selector returns metric{label="value"} with the matchers of the client and those given, for
// a query of Instant. It panics if a name or operator is not valid in the query language.
func (c *Client) Selector(metric string, matchers ...Matcher) string {
	return selector(metric, slices.Concat(c.cfg.Matchers, matchers))
}

// Instant passes the value of each series of an expression at a time to take, as a Series of
// one sample. It leaves out values that are not finite. take may keep what it gets. If Instant
// returns an error, everything that it has passed is void.
func (c *Client) Instant(ctx context.Context, expression string, at time.Time, take func(Series) error) error {
	body, err := c.query(ctx, expression, at.UnixMilli())
	if err == nil {
		defer body.Close()
		in := scanner{r: body, max: c.cfg.MaxBody, maxValue: c.cfg.MaxSeries}
		err = decodeResult(&decoder{scanner: in, want: vector, take: take})
	}
	if err != nil {
		return fmt.Errorf("query %.200s: %w", expression, err)
	}
	return nil
}

// single reads an element of a vector, and passes it on.
func (d *decoder) single() error {
	b, err := d.value()
	if err != nil {
		return err
	}
	var e struct {
		Metric map[string]string `json:"metric"`
		Value  json.RawMessage   `json:"value"`
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return err
	}
	x, rest, ok := parseSample(e.Value)
	if _, more := cut(rest, ','); !ok || more {
		return errSample
	}
	if !math.IsNaN(x.V) && !math.IsInf(x.V, 0) {
		d.taken = d.take(Series{Labels: e.Metric, Samples: []Sample{x}})
	}
	return d.taken
}
