package invocation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// limited is a store that refuses queries over more than most.
type limited struct {
	*store
	most    time.Duration
	refused int
	longest time.Duration // that it answered
}

func (l *limited) Each(ctx context.Context, metric string, m []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	if to.Sub(from) > l.most {
		l.refused++
		return fmt.Errorf("%w: query processing would load too many samples", prom.ErrLimit)
	}
	l.longest = max(l.longest, to.Sub(from))
	return l.store.Each(ctx, metric, m, from, to, take)
}

// steady returns a store with a gateway that is scraped every 15 s for n minutes, and has
// two calls in each.
func steady(minutes int64) *store {
	var scrapes []scrape
	for at := int64(7); at < 60*minutes+30; at += 15 {
		scrapes = append(scrapes, scrape{"a", -5000, at, float64(at / 30)})
	}
	return storeOf(scrapes)
}

// Some stores limit the samples of a query, others its range, and answers may be too large.
// The reader finds the size that works, keeps it, and tries a larger one later.
func TestAReaderAsksForLessAndLaterForMore(t *testing.T) {
	st := &limited{store: steady(700), most: 5 * time.Minute}
	reader := invocation.Reader{Store: st, Least: time.Minute, Most: 15 * time.Minute}
	var state invocation.State
	var counts []float64
	var refused []int
	for chunk := range 45 {
		g := prom.Grid{Start: epoch + int64(chunk)*15*60*second, Step: 60 * second, Len: 15}
		c, err := reader.Read(t.Context(), state, g, g.End(), g.End()+30*second, nil)
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, c.Functions(0)["f.openfaas-fn"].Calls...)
		state = c.Settle(time.Hour)
		refused = append(refused, st.refused)
		if chunk == 20 {
			st.most = time.Hour
		}
	}
	if got := counts[1:]; slices.Min(got) < 1 || slices.Max(got) > 3 {
		t.Errorf("two calls a minute: got %v", got)
	}
	if refused[0] != 2 || refused[20] != 2 {
		t.Errorf("the store refused %v times, after two refusals the size is known", refused)
	}
	if st.longest < 10*time.Minute {
		t.Errorf("the store takes longer queries now, the longest was %v", st.longest)
	}
}

func TestAReaderGivesUpAtTheLeastSlice(t *testing.T) {
	st := &limited{store: steady(60), most: time.Second}
	reader := invocation.Reader{Store: st, Least: time.Minute, Most: 15 * time.Minute}
	g := prom.Grid{Start: epoch, Step: 60 * second, Len: 15}
	if _, err := reader.Read(t.Context(), invocation.State{}, g, g.End(), g.End(), nil); !errors.Is(err, prom.ErrLimit) || st.refused > 6 {
		t.Errorf("got %v after %d refusals", err, st.refused)
	}
}

// Any other error is passed on at once.
func TestAStoreThatFailsEndsTheReading(t *testing.T) {
	st := steady(5)
	st.err = errors.New("connection refused")
	reader := invocation.Reader{Store: st, Least: time.Minute, Most: 15 * time.Minute}
	g := prom.Grid{Start: epoch, Step: step, Len: 1}
	if _, err := reader.Read(t.Context(), invocation.State{}, g, g.End(), g.End(), nil); !errors.Is(err, st.err) || len(st.asked) != 1 {
		t.Errorf("got %v after %v", err, st.asked)
	}
}
