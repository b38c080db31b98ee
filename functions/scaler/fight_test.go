package scaler

import (
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/openfaas"
	"prewarm/shared/series"
)

// Another controller sets the same number each minute. Some steps are unknown or provisional,
// and the scaler is restarted now and then. Prewarm sends its own number at most twice within
// an hour: the first time, and one reversal.
func TestNoControllerIsFought(t *testing.T) {
	for _, e := range []openfaas.Edition{openfaas.EditionUnknown, openfaas.Community} {
		for _, number := range []int{0, 1, 5} {
			for _, zero := range []string{"false", "true"} {
				rng := rand.New(rand.NewPCG(uint64(number), 1))
				w := on(t, e, map[string]string{openfaas.LabelZero: zero})
				var sent []int // the minutes
				for minute := range 150 {
					w.functions[name].Replicas = number
					w.tick()
					f := w.forecast(name, 3)
					f.Recent, f.Provisional = make([]int32, 180), rng.IntN(3) == 0
					f.Recent[170] = 1
					if rng.IntN(4) == 0 {
						f.Recent[179] = series.NoData
					}
					w.post(w.seal(f), 200)
					if len(w.calls) > len(sent) {
						sent = append(sent, minute)
					}
					if rng.IntN(4) == 0 {
						w.restart()
					}
				}
				for i, minute := range sent {
					within := slices.IndexFunc(sent[i:], func(m int) bool { return m >= minute+60 })
					if within < 0 {
						within = len(sent[i:])
					}
					if within > 2 {
						t.Errorf("edition %q, %d each minute, label %s: sent in the minutes %v", e, number, zero, sent)
						break
					}
				}
			}
		}
	}
}
