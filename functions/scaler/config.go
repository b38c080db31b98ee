package scaler

import (
	"fmt"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/schedule"
)

// Config of the scaler.
type Config struct {
	Keys        event.Keys    // sign and check messages
	Mode        openfaas.Mode // of functions without the annotation prewarm.mode
	Policy      policy.Config
	Concurrency float64 // calls that one replica serves at a time, without the annotation prewarm.concurrency
	MaxAge      int     // steps after which a forecast is too old to act on
	// Timeout bounds the gateway calls of one batch, so that the batch is answered
	// before its sender gives up. 0: no bound.
	Timeout time.Duration
	// Readiness is the readiness time of a function until its starts are measured.
	Readiness time.Duration
	// ReadinessPoll is the interval of the polls while replicas start.
	ReadinessPoll time.Duration
	// Delay is how long another actuator takes to act on a decision: the scrape of the
	// metric and the wait for its next poll.
	Delay time.Duration
	// Step is the length of a step. The leases of shards depend on it, if there are several.
	Step  time.Duration
	Watch WatchConfig
	// Schedule is that of functions without the annotation prewarm.schedule.
	Schedule *schedule.Schedule
}

// WatchConfig states where the calls between two steps are read. Without a source, or with the
// interval 0, they are not.
type WatchConfig struct {
	Interval time.Duration // between two looks, at most
	Page     string        // address of the gateway's metrics, empty for none
	Store    *prom.Config  // nil for none
}

// on reports whether there is anything to read.
func (w WatchConfig) on() bool { return w.Interval > 0 && (w.Page != "" || w.Store != nil) }

// ReadConfig reads the scaler's keys. Errors are kept by r.
func ReadConfig(r *config.Reader) Config {
	return Config{
		Keys:          event.ReadKeys(r),
		Mode:          openfaas.Mode(r.OneOf("default_mode", string(openfaas.ModeObserve), string(openfaas.ModeActive), string(openfaas.ModeOff))),
		Policy:        policy.ReadConfig(r),
		Concurrency:   r.Float("concurrency", 1, event.MinConcurrency, event.MaxConcurrency),
		MaxAge:        r.Int("max_age_steps", 3, 1, event.MaxAgeSteps),
		Timeout:       r.Duration("timeout", 20*time.Second, time.Second, 10*time.Minute),
		Readiness:     r.Duration("readiness_default", 5*time.Second, 0, 10*time.Minute),
		ReadinessPoll: r.Duration("readiness_poll", 250*time.Millisecond, 10*time.Millisecond, 10*time.Second),
		Step:          r.Duration("step", time.Minute, time.Second, time.Hour),
		Delay:         r.Duration("actuator_delay", 45*time.Second, 0, 10*time.Minute),
		Watch:         readWatch(r),
		Schedule:      readSchedule(r),
	}
}

// readWatch reads watch, gateway_metrics_url, and the keys of the store if prometheus_url is
// set. In contrast to the collector, the scaler does without a store.
func readWatch(r *config.Reader) WatchConfig {
	w := WatchConfig{Interval: config.Parse(r, "watch", "2s", parseInterval)}
	if r.String("gateway_metrics_url", "") != "" {
		w.Page = r.URL("gateway_metrics_url", "", "http", "https")
	}
	if r.String("prometheus_url", "") != "" {
		store := prom.ReadConfig(r)
		w.Store = &store
	}
	return w
}

// parseInterval reads the interval of the watch: 0, or between 2 s and a minute. A page of
// metrics costs the gateway work.
func parseInterval(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d != 0 && (d < 2*time.Second || d > time.Minute) {
		return 0, fmt.Errorf("must be 0, or a duration between 2s and 1m0s, was: %.40q", text)
	}
	return d, nil
}
