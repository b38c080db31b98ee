package witness

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Terms are what page and count must agree on before they can be compared.
type Terms struct {
	Dashboard   string        // base address
	Step        time.Duration // length of a step
	KeepAlive   int           // steps
	Concurrency float64       // calls that one replica serves at a time
}

// Comparison is what the page of a function shows, and the count of the same steps.
type Comparison struct {
	Function string
	Page     Page
	Count    Sums
	Steps    []Step // since the first decision
	Past     Past
}

// ErrUnsettled means that the page does not cover the steps yet, or changed meanwhile.
var ErrUnsettled = errors.New("witness: the page does not cover the steps yet")

// Compare reads the page of a function and counts the same steps. The page must cover all
// steps up to end; the error wraps ErrUnsettled if it does not yet.
//
// The page does not say which steps it covers. Those with a decision are the last ones, up
// to the newest decision. It leaves out a step whose need was not measured, as the history
// of the function shows, and steps without a known keep-alive.
func (r *Record) Compare(ctx context.Context, t Terms, function string, end time.Time) (*Comparison, error) {
	before, err := ReadPast(ctx, t.Dashboard, function)
	if err != nil {
		return nil, err
	}
	pages, err := ReadPage(ctx, t.Dashboard)
	if err != nil {
		return nil, err
	}
	past, err := ReadPast(ctx, t.Dashboard, function)
	if err != nil {
		return nil, err
	}
	newest, page := past.newest(), pages[function]
	if newest == 0 || newest != before.newest() || time.Unix(newest, 0).Before(end) || !past.settled(newest-int64(t.Step/time.Second)) {
		return nil, fmt.Errorf("%s: %w", function, ErrUnsettled)
	}
	covered := time.Unix(newest, 0)
	steps := r.Steps(function, covered.Add(-time.Duration(page.Steps+page.Skipped)*t.Step), covered, t.Step, t.Concurrency)
	for i := range steps {
		steps[i].Known = past.settled(steps[i].Begin.Unix())
	}
	return &Comparison{Function: function, Page: page, Count: Sum(steps, t.KeepAlive), Steps: steps, Past: past}, nil
}

// newest returns the begin of the newest step with a decision, 0 for none.
func (p *Past) newest() int64 {
	for i := len(p.Step) - 1; i >= 0; i-- {
		if p.Replicas[i] >= 0 {
			return p.Step[i]
		}
	}
	return 0
}

// settled reports whether the need of a step was measured as a whole. Steps that are so old
// that the history does not hold them were.
func (p *Past) settled(begin int64) bool {
	i := p.index(begin)
	if i < 0 {
		return len(p.Step) > 0 && begin < p.Step[0]
	}
	return p.Need[i] >= 0 && !p.Estimated[i]
}

// index returns the index of a step, -1 if it is not kept.
func (p *Past) index(begin int64) int {
	for i, step := range p.Step {
		if step == begin {
			return i
		}
	}
	return -1
}

// Agree reports whether page and count agree: within one cold start, and within 5 % of the
// idle time or one replica-step, both for what happened and for keep-alive. They must cover
// the same steps but for 2 %: a step can settle after the page has left it out.
func (c *Comparison) Agree() bool {
	page, count := c.Page, c.Count
	return near(page.Steps, count.Steps, 0.02) && near(page.Cold, count.Cold, 0) && near(page.ColdKeepAlive, count.ColdKeepAlive, 0) &&
		near(page.Idle, count.Idle, 0.05) && near(page.IdleKeepAlive, count.IdleKeepAlive, 0.05)
}

// near reports whether two numbers differ by one, or by a share of the second.
func near(page, count int, share float64) bool {
	return math.Abs(float64(page-count)) <= max(1, share*float64(count))
}

// String returns page and count step by step, one line each, and marks where they differ.
func (c *Comparison) String() string {
	var b strings.Builder
	for _, s := range c.Steps {
		i := c.Past.index(s.Begin.Unix())
		if i < 0 {
			continue
		}
		need, warm, cold := c.Past.Need[i], c.Past.Replicas[i], c.Past.Cold[i]
		mark := ""
		switch {
		case !s.Known:
			mark = "  not measured"
		case need != s.Need || warm-s.Last > 0 || cold != s.Cold():
			mark = "  differs"
		}
		fmt.Fprintf(&b, "%s  page: need %d, replicas %d, cold %d; count: %d calls, load %.2f, need %d, replicas %d, ready %d, cold %d%s\n",
			s.Begin.UTC().Format(time.TimeOnly), need, warm, cold, s.Calls, s.Load, s.Need, s.Last, s.Ready, s.Cold(), mark)
	}
	return b.String()
}
