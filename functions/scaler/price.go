package scaler

import (
	"time"

	"prewarm/shared/config"
	"prewarm/shared/policy"
)

// price replaces a cost ratio of config.Auto by that of what the function costs. median is the
// median memory of the functions, 0 if it is unknown. The delay of another actuator is no part
// of the start time: a call does not wait for it, since the gateway starts the first replica.
func (x *subject) price(median int64, waitPrice float64) {
	if x.scaling.CostRatio != config.Auto {
		return
	}
	memory, from := policy.MemoryToPrice(x.fn.MemoryBytes, median)
	costs := policy.Costs{Memory: memory, Step: time.Duration(x.f.StepSeconds) * time.Second, Start: x.readiness, WaitPrice: waitPrice}
	x.scaling.CostRatio = costs.Ratio()
	x.prices = costs.Prices(from)
}

// priceRemark returns what a reason adds about the prices, empty if the cost ratio is set.
func (x *subject) priceRemark() string {
	if x.prices == nil {
		return ""
	}
	return "; " + x.prices.Text(x.readiness.Seconds(), x.measured)
}
