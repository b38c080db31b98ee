package openloop

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/trace"
)

// unread is the value of Options.MetricsURL for which the metrics are not read.
const unread = "none"

// Options describe a run.
type Options struct {
	Gateway  string       // base URL, such as http://127.0.0.1:8080
	Trace    *trace.Trace // functions to replay
	Deployed []string     // deployed function for each function of Trace
	Plan     PlanOptions

	// Speed is how many seconds of the trace pass in one second; 1 by default.
	Speed float64

	// WorkScale is the seconds of work that a call asks for, for each second of its
	// duration in the trace. By default it is 1/Speed, so that a replica is busy for
	// the same share of a minute as in the trace. MaxWork bounds the work of a call
	// in seconds; 30 by default.
	WorkScale float64
	MaxWork   float64

	// MaxInFlight is the most calls in progress at a time, 1,000 by default. A call
	// that is due beyond it is dropped and counted, and never delayed.
	MaxInFlight int

	// Timeout bounds a call, 60 s by default. Drain is how long calls in progress may
	// still take after an interrupt, 5 s by default.
	Timeout, Drain time.Duration

	// Transport sends the requests; by default one that keeps a connection open for
	// each call in progress.
	Transport http.RoundTripper

	// MetricsURL is the address of the gateway's metrics, which are read before and
	// after the run: Gateway/metrics by default. With "none" they are not read.
	MetricsURL string

	// Minute, if set, is called after each minute of the plan.
	Minute func()
}

// withDefaults sets the defaults and checks the bounds. Errors name the flags of the
// replay. It panics if Trace and Deployed differ in length.
func (o Options) withDefaults() (Options, error) {
	base, err := config.ParseBase(o.Gateway, "http", "https")
	if err != nil {
		return o, fmt.Errorf("-gateway %w", err)
	}
	if len(o.Deployed) != len(o.Trace.Functions) {
		panic("openloop: not one deployed function for each of the trace")
	}
	if o.Plan, err = o.Plan.checked(o.Trace); err != nil {
		return o, err
	}
	o.Gateway = base.String() + "/"
	o.Speed = cmp.Or(o.Speed, 1)
	if !(o.Speed >= 0.001 && o.Speed <= 1e6) {
		return o, fmt.Errorf("-speed must be between 0.001 and 1000000, was: %v", o.Speed)
	}
	o.WorkScale, o.MaxWork = cmp.Or(o.WorkScale, 1/o.Speed), cmp.Or(o.MaxWork, 30)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 1000)
	o.Timeout, o.Drain = cmp.Or(o.Timeout, time.Minute), cmp.Or(o.Drain, 5*time.Second)
	o.MetricsURL = cmp.Or(o.MetricsURL, o.Gateway+"metrics")
	if _, err := config.ParseURL(o.MetricsURL, "http", "https"); err != nil && o.MetricsURL != unread {
		return o, fmt.Errorf("-metrics %w; %s leaves them unread", err, unread)
	}
	if o.Transport == nil {
		o.Transport = newTransport(o.MaxInFlight)
	}
	return o, o.checkCalls()
}

// checkCalls checks the options of the calls, after the defaults are set. The negated
// comparisons refuse NaN too.
func (o Options) checkCalls() error {
	switch {
	case !(o.WorkScale > 0):
		return fmt.Errorf("-work-scale must be above 0, was: %v", o.WorkScale)
	case !(o.MaxWork > 0):
		return fmt.Errorf("-max-work must be above 0, was: %v", o.MaxWork)
	case o.MaxInFlight < 1:
		return fmt.Errorf("-max-in-flight must be at least 1, was: %d", o.MaxInFlight)
	case o.Timeout < 0:
		return fmt.Errorf("-timeout must be at least 0s, was: %v", o.Timeout)
	case o.Drain < 0:
		return fmt.Errorf("-drain must be at least 0s, was: %v", o.Drain)
	}
	return nil
}

// newTransport returns a transport that keeps a connection open for each call in
// progress: new connections would add their own time to each burst.
func newTransport(inFlight int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = inFlight, inFlight
	t.DisableCompression = true
	return t
}
