package dashboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/event"
)

// Source is where the messages of the chain come from.
type Source interface {
	// Follow hands every message of subject that is at most since old to fn,
	// then every new one, until ctx ends.
	Follow(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error
	// Replay hands every message of subject that is at most since old to fn and
	// returns at the end of what there is.
	Replay(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error
	// Health is nil while the source is connected.
	Health(ctx context.Context) error
	// Paused reports whether the operator has frozen all scaling.
	Paused(ctx context.Context) (bool, error)
	// SetPaused freezes all scaling or ends that.
	SetPaused(ctx context.Context, paused bool) error
}

// intake opens messages into the view. What does not open is counted and never
// shown.
type intake struct {
	key     []byte
	view    *view
	log     *slog.Logger
	metrics *metrics
	forged  atomic.Int64 // messages with a wrong signature
	invalid atomic.Int64 // messages that are malformed
	ahead   atomic.Int64 // messages of a time that has not come
	latest  func() int64 // newest step that can have come, Unix seconds
}

// errAhead means a message of a time that has not come.
var errAhead = errors.New("step lies in the future")

// open opens a message into its payload and returns its step. One that lies
// ahead would hide all that come after it until its time has come.
func (in *intake) open(typ string, body []byte, payload event.Payload) (int64, error) {
	env, err := event.Open(in.key, typ, body, payload)
	if err != nil {
		return 0, err
	}
	if latest := in.latest(); env.Step > latest {
		return 0, fmt.Errorf("%w: must be at most %d, was: %d", errAhead, latest, env.Step)
	}
	return env.Step, nil
}

// run follows the three subjects until ctx ends.
func (in *intake) run(ctx context.Context, source Source, history time.Duration) {
	var group sync.WaitGroup
	for subject, add := range map[string]func([]byte) error{
		event.TypeWindows: in.windows, event.TypeForecasts: in.forecasts, event.TypeDecisions: in.decisions,
	} {
		group.Go(func() {
			err := source.Follow(ctx, subject, history, func(body []byte) { in.count(subject, add(body)) })
			if err != nil && ctx.Err() == nil {
				in.log.Error("stopped following", "subject", subject, "error", err)
			}
		})
	}
	group.Wait()
}

// tally counts the decisions of a longer time than the page shows until ctx
// ends. What does not open is counted by run.
func (in *intake) tally(ctx context.Context, source Source, l *ledger, history time.Duration) {
	err := source.Follow(ctx, event.TypeDecisions, history, func(body []byte) {
		var batch event.Decisions
		if _, err := in.open(event.TypeDecisions, body, &batch); err == nil {
			l.addDecisions(&batch)
		}
	})
	if err != nil && ctx.Err() == nil {
		in.log.Error("stopped counting savings", "error", err)
	}
}

func (in *intake) windows(body []byte) error {
	var batch event.Windows
	step, err := in.open(event.TypeWindows, body, &batch)
	if err == nil {
		in.view.addWindows(step, &batch)
	}
	return err
}

func (in *intake) forecasts(body []byte) error {
	var batch event.Forecasts
	step, err := in.open(event.TypeForecasts, body, &batch)
	if err == nil {
		in.view.addForecasts(step, &batch)
	}
	return err
}

func (in *intake) decisions(body []byte) error {
	var batch event.Decisions
	step, err := in.open(event.TypeDecisions, body, &batch)
	if err == nil {
		in.view.addDecisions(step, &batch)
	}
	return err
}

func (in *intake) count(subject string, err error) {
	result := "shown"
	switch {
	case errors.Is(err, event.ErrSignature):
		result = "forged"
		in.forged.Add(1)
	case errors.Is(err, errAhead):
		result = "ahead"
		in.ahead.Add(1)
	case err != nil:
		result = "invalid"
		in.invalid.Add(1)
	}
	in.metrics.messages.WithLabelValues(subject, result).Inc()
	if err != nil {
		in.log.Warn("message refused", "subject", subject, "error", err)
	}
}

type metrics struct {
	messages *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, d *Dashboard) *metrics {
	m := &metrics{messages: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "prewarm_dashboard_messages_total",
		Help: "Messages read, by subject and what came of them: shown, forged, ahead or invalid.",
	}, []string{"subject", "result"})}
	reg.MustRegister(m.messages, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "prewarm_dashboard_functions", Help: "Functions that the page shows.",
	}, func() float64 { n, _ := d.view.bounds(); return float64(n) }), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "prewarm_dashboard_streams", Help: "Pages that are kept up to date.",
	}, func() float64 { return float64(d.streams.Load()) }), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "prewarm_dashboard_alerts", Help: "Alerts that last.",
	}, func() float64 { return float64(len(d.watch.before())) }))
	return m
}
