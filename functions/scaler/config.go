package scaler

import (
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
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
	Step time.Duration
}

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
	}
}
