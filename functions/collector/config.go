package collector

import (
	"fmt"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// defaultBatch is the default of Config.Batch. It makes a hundred messages of ten thousand
// functions, each of about 40 KB if 1 % of the steps are active. A batch that is too large for
// a message is sent in parts.
const defaultBatch = 100

// Config of the collector.
type Config struct {
	Step        time.Duration // length of a step, whole seconds
	WindowSteps int           // steps of a window
	Settle      time.Duration // how long after its end a step is first read
	MaxWait     time.Duration // after the end of a step, for the scrape that completes it
	Batch       int           // functions in one message
	Timeout     time.Duration // of one tick
	Concurrency float64       // calls that one replica serves at a time, without an annotation
	Keys        event.Keys    // sign the messages
}

// ReadConfig reads step, window_steps, settle, max_wait, batch, concurrency, timeout and the
// secret prewarm-hmac-key.
func ReadConfig(r *config.Reader) Config {
	c := Config{
		Step:        r.Duration("step", time.Minute, time.Second, time.Hour),
		WindowSteps: r.Int("window_steps", series.MaxSteps, 1, series.MaxSteps),
		Settle:      r.Duration("settle", 0, 0, time.Hour),
		Batch:       r.Int("batch", defaultBatch, 1, event.MaxBatch),
		Concurrency: r.Float("concurrency", 1, event.MinConcurrency, event.MaxConcurrency),
		Keys:        event.ReadKeys(r),
	}
	// Half of a step: the other half is left to forecast and to scale.
	c.MaxWait = r.Duration("max_wait", c.Step/2, 0, time.Hour)
	// A tick that takes longer than a step would meet the next one.
	c.Timeout = r.Duration("timeout", max(time.Second, c.Step*5/6), time.Second, 10*time.Minute)
	return c
}

// check reports values that are each within bounds but do not fit together.
func (c Config) check() error {
	switch {
	case c.Step%time.Second != 0:
		return fmt.Errorf("step must be a whole number of seconds, was: %v", c.Step)
	case c.MaxWait > c.Step:
		return fmt.Errorf("max_wait must be at most step (%v), was: %v", c.Step, c.MaxWait)
	}
	return nil
}
