package rival

import (
	"cmp"
	"fmt"

	"prewarm/shared/score"
	"prewarm/shared/simulate"
)

// boostedKeep is the number of minutes whose largest need is the level, as keep-alive-10
// has it, with which policies are compared.
const boostedKeep = 10

// Boosted is the policy of a gradient-boosted classifier: boosted trees over gaps and counts
// of a function's past predict the probability p of a call in the next minute. The function
// is warm if an idle minute costs no more than the expected cold start:
//
//	ratio · (1-p) <= p
//
// ratio is the cost of an idle replica-minute over that of a cold start. This is the
// quantile 1/(1+ratio) of whether there is a call, the one that costs least on average. The
// level is the largest need of the last ten minutes or, without any, of the ten minutes up to
// the last one with a need. Nothing is warm before the first call.
//
// Sources: Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", Annals of
// Statistics 29(5), 2001 (trees); Arrow, Harris, Marschak, "Optimal Inventory Policy",
// Econometrica 19(3), 1951 (the quantile).
type Boosted struct {
	odds  *BoostedOdds
	name  string
	ratio func(f int) float64
	level []int32 // by function: the largest need of the ten minutes up to the last one with a need
}

// NewBoosted returns the policy for one run over the workload of o.
func NewBoosted(o *BoostedOdds, ratio float64) *Boosted {
	return &Boosted{odds: o, name: fmt.Sprintf("boosted-%g", ratio), ratio: func(int) float64 { return ratio }}
}

// NewPricedBoosted is NewBoosted with a cost ratio for each function, such as those of
// simulate.PricedRatios.
func NewPricedBoosted(o *BoostedOdds, ratios []float64) *Boosted {
	return &Boosted{odds: o, name: "boosted-auto", ratio: func(f int) float64 { return ratios[f] }}
}

// Name implements simulate.Policy.
func (b *Boosted) Name() string { return b.name }

// Warm implements simulate.Policy.
func (b *Boosted) Warm(warm []int32, h simulate.History) {
	if b.level == nil {
		b.level = make([]int32, len(warm))
	}
	m := h.Minute()
	for f := range warm {
		recent := score.KeepAlive(h.Need(f), boostedKeep)
		if m > 0 && h.Need(f)[m-1] > 0 {
			b.level[f] = recent
		}
		if p := b.odds.Probability(f, m); b.ratio(f)*(1-p) <= p {
			warm[f] = cmp.Or(recent, b.level[f])
		}
	}
}
