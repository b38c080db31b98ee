package policy

import "prewarm/shared/config"

// Config is what the operator sets. The zero value is not usable; see
// DefaultConfig.
type Config struct {
	// CostRatio is the cost of one idle replica-step over the cost of one cold
	// start, above 0 and below 1. A replica is kept warm if the probability that it
	// is needed is at least this ratio: the expected cost of the cold start is then
	// no less than the cost of idling. config.Auto stands for the ratio of each function by
	// Costs: the caller puts that in its place before a decision.
	CostRatio float64
	// WaitPrice is what a second of waiting is worth, in GB·s of memory: a wait of one second
	// costs as much as a Gigabyte that idles for WaitPrice seconds. It matters for functions
	// whose CostRatio is config.Auto.
	WaitPrice float64
	// KeepAlive is the number of steps for which a function without a forecast
	// keeps the replicas that it needed.
	KeepAlive int
	// MaxUp and MaxDown are the factors by which replicas may grow and shrink in
	// one step, as max-scale-up-rate and max-scale-down-rate of Knative.
	MaxUp, MaxDown float64
}

// LeastRatio and MostRatio bound the cost ratio, LeastWaitPrice and MostWaitPrice the wait
// price.
const (
	LeastRatio = 1e-4
	MostRatio  = 0.9999

	LeastWaitPrice = 0.01
	MostWaitPrice  = 1e6
)

// DefaultConfig returns the defaults that functions/CONFIGURATION.md documents.
func DefaultConfig() Config {
	return Config{CostRatio: 0.05, WaitPrice: DefaultWaitPrice, KeepAlive: 10, MaxUp: 1000, MaxDown: 10}
}

// ReadConfig reads cost_ratio, wait_price, keep_alive_steps, max_scale_up_rate and
// max_scale_down_rate. Errors are kept by r.
func ReadConfig(r *config.Reader) Config {
	d := DefaultConfig()
	return Config{
		CostRatio: r.FloatOrAuto("cost_ratio", d.CostRatio, LeastRatio, MostRatio),
		WaitPrice: r.Float("wait_price", d.WaitPrice, LeastWaitPrice, MostWaitPrice),
		KeepAlive: r.Int("keep_alive_steps", d.KeepAlive, 1, 60),
		MaxUp:     r.Float("max_scale_up_rate", d.MaxUp, 1.01, 1e6),
		MaxDown:   r.Float("max_scale_down_rate", d.MaxDown, 1.01, 1e6),
	}
}
