package collector

import (
	"fmt"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/series"
)

// keySecret is the OpenFaaS secret with the key that signs the messages.
const keySecret = "prewarm-hmac-key"

// stepBytes bounds the JSON of one step: count, errors and busy seconds.
const stepBytes = 36

// settings is the configuration of the collector proper.
type settings struct {
	step        time.Duration // length of a step, whole seconds
	windowSteps int           // steps of a window
	settle      time.Duration // how long after its end a step is first read
	batch       int           // functions in one message
	timeout     time.Duration // for one tick
	concurrency float64       // calls that one replica serves at a time
	key         []byte
}

// external is the configuration of what the collector speaks to.
type external struct {
	store   prom.Config
	gateway openfaas.Config
	bus     bus.Config
}

// readConfig reads and validates everything; all problems are reported at once.
func readConfig(getenv func(string) string) (settings, external, error) {
	r := config.NewReader(getenv)
	s := settings{
		step:        r.Duration("step", time.Minute, time.Second, time.Hour),
		windowSteps: r.Int("window_steps", series.MaxSteps, 1, series.MaxSteps),
		settle:      r.Duration("settle", 0, 0, time.Hour),
		batch:       r.Int("batch", 20, 1, event.MaxBatch),
		concurrency: r.Float("concurrency", 1, event.MinConcurrency, event.MaxConcurrency),
		key:         r.Key(keySecret, event.MinKey),
	}
	// A tick that takes longer than a step would meet the next one.
	s.timeout = r.Duration("timeout", max(time.Second, s.step*5/6), time.Second, 10*time.Minute)
	e := external{store: prom.ReadConfig(r), gateway: openfaas.ReadConfig(r), bus: bus.ReadConfig(r)}
	e.bus.Name = "prewarm-collector"
	if err := r.Err(); err != nil {
		return s, e, err
	}
	return s, e, s.check()
}

func (s settings) check() error {
	switch size := s.batch * (s.windowSteps + 8) * stepBytes; {
	case s.step%time.Second != 0:
		return fmt.Errorf("step must be a whole number of seconds, was: %v", s.step)
	case size > event.MaxBody:
		return fmt.Errorf("batch (%d) windows of window_steps (%d) must fit into a message of %d bytes, may need: %d",
			s.batch, s.windowSteps, event.MaxBody, size)
	}
	return nil
}
