package collector

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// laden is a store that takes its time: for each query, and for each minute that the query
// covers.
type laden struct {
	invocation.Store
	query, minute time.Duration
}

func (l *laden) Each(ctx context.Context, metric string, m []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	if err := sleep(ctx, l.query+time.Duration(float64(l.minute)*to.Sub(from).Minutes())); err != nil {
		return err
	}
	return l.Store.Each(ctx, metric, m, from, to, take)
}

// A day of history does not fit into one tick. Each tick keeps what it has read, also if the
// store cannot read a whole chunk in a tick, and sends windows with unknown last steps meanwhile.
// In the end, the windows are those that a fast store gives.
func TestHistoryIsReadInSeveralTicks(t *testing.T) {
	for name, c := range map[string]struct {
		laden
		step  time.Duration
		ticks int
	}{
		"ten thousand functions":             {laden{minute: 100 * time.Millisecond}, time.Minute, 30},
		"a chunk takes a third of a tick":    {laden{query: 50 * time.Millisecond, minute: 20 * time.Millisecond}, 10 * time.Second, 9},
		"a chunk takes longer than a tick":   {laden{query: 50 * time.Millisecond, minute: 60 * time.Millisecond}, 10 * time.Second, 25},
		"a query takes long for any chunk":   {laden{query: 300 * time.Millisecond, minute: 10 * time.Millisecond}, 10 * time.Second, 10},
		"a store that answers without delay": {laden{}, time.Minute, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slow, fast := historian(t, &c.laden, c.step), historian(t, &laden{}, c.step)
				ticks, unread := 0, time.Duration(0)
				for o := (Outcome{}); o.Result != resultPublished; ticks++ {
					time.Sleep(time.Until(lastStep(time.Now(), c.step).Add(c.step)))
					o = slow.Tick(t.Context())
					left := time.Duration(slow.cache.end-slow.cache.base) * time.Millisecond
					if ticks > 1 && left >= unread {
						t.Fatalf("tick %d: got %+v, %v of history are left, and were %v before", ticks, o, left, unread)
					}
					unread = left
				}
				if ticks > c.ticks {
					t.Errorf("got %d ticks, want at most %d", ticks, c.ticks)
				}
				fast.Tick(t.Context())
				for _, fn := range names(3) {
					if got, want := slow.cache.measured(fn), fast.cache.measured(fn); !reflect.DeepEqual(got, want) || want.Known() != 1440 {
						t.Errorf("%s: got %+v, want %+v", fn, got, want)
					}
				}
			})
		})
	}
}

// historian returns a collector of three functions and their last 1,440 steps.
func historian(t *testing.T, st *laden, step time.Duration) *Collector {
	w := newWorld(t)
	w.deploy(names(3)...)
	cfg := w.config()
	cfg.Step, cfg.MaxWait, cfg.WindowSteps, cfg.Timeout = step, step/2, 1440, step*5/6
	c := NewFrom(t.Context(), cfg, w, w, w, Clock{time.Now, sleep}, slog.New(slog.DiscardHandler))
	st.Store = newCalm(names(3))
	c.cache.reader.Store = st
	return c
}
