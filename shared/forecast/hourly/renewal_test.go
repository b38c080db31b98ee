package hourly

import (
	"math"
	"math/rand/v2"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

func pooledOver(counts ...[]int32) *pooled {
	var p feature.KaplanMeier
	for _, c := range counts {
		p.Add(c)
	}
	d := p.Distribution()
	g := NewGaps(&d)
	return newPooled(&g)
}

// In a byte each, the pooled probabilities keep their values to a few per cent
// and sum to one.
func TestPooledGapsKeepTheirValues(t *testing.T) {
	var pool feature.KaplanMeier
	for _, period := range []int{3, 15, 20, 60, 170, 400} {
		pool.Add(everySteps(period, 1440))
	}
	d := pool.Distribution()
	g := NewGaps(&d)
	p := newPooled(&g)
	for gap := 1; gap <= pooledGaps; gap++ {
		if ratio := p.share[gap] / float64(d[gap]); ratio < 0.95 || ratio > 1.05 {
			t.Errorf("gap %d: %v, want %v", gap, p.share[gap], d[gap])
		}
	}
	sum := p.longer[len(p.longer)-1]
	for _, s := range p.share {
		sum += s
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("all gaps have a probability of %v", sum)
	}
}

// If a file gives every gap a probability of 1, they are scaled down to a sum below 1.
func TestPooledGapsAreScaledDown(t *testing.T) {
	p := newPooled(&Gaps{Fall: 0.5})
	if s := p.share[1]; s > 1.0/pooledGaps || p.longer[len(p.longer)-1] < 0 {
		t.Errorf("share %v, longer than all %v", s, p.longer[len(p.longer)-1])
	}
}

// A timer with a long history: its calls within the hour are cold starts, however long
// ago the last one was, and none is if the period is within the keep-alive.
func TestTheCallsOfATimerAreColdStarts(t *testing.T) {
	var c feature.Gaps
	p := pooledOver(everySteps(37, 1440))
	for _, period := range []int{5, 10, 11, 15, 20, 30, 45, 60} {
		for age := 0; age < period; age += 4 {
			counts := make([]int32, MaxHours*Hour)
			want := 0.0
			for at := len(counts) - 1 - age; at >= 0; at -= period {
				counts[at] = 1
			}
			for next := period - age; next <= Hour; next += period {
				if period > forecast.KeepAlive {
					want++
				}
			}
			c.Read(counts)
			if got := cold(&c, p, 1e-6); math.Abs(got-want) > 1e-3 {
				t.Errorf("period %d, age %d: %v cold starts, want %v", period, age, got, want)
			}
		}
	}
}

// The expectation in closed form is the mean over simulated hours of the same
// renewal process.
func TestExpectedColdStartsEqualASimulation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	lengths := []int{2, 4, 7, 12, 13, 25, 40}
	counts := make([]int32, 200)
	for i, at := 0, 0; at < len(counts)-30; i++ {
		counts[at] = 1
		at += lengths[i%len(lengths)]
	}
	var c feature.Gaps
	c.Read(counts)
	got := cold(&c, pooledOver(counts), 1e-9)
	const runs = 200_000
	sum := 0
	for range runs {
		gap := c.Lengths()[rng.IntN(len(c.Lengths()))]
		for gap <= c.Age() {
			gap = c.Lengths()[rng.IntN(len(c.Lengths()))]
		}
		for at := gap - c.Age(); at <= Hour; at += gap {
			if gap > forecast.KeepAlive {
				sum++
			}
			gap = c.Lengths()[rng.IntN(len(c.Lengths()))]
		}
	}
	if want := float64(sum) / runs; math.Abs(got-want) > 0.01 {
		t.Errorf("got %v, the simulation %v", got, want)
	}
}

// A missing step between two calls hides how many gaps there were.
func TestAMissingStepBreaksAGap(t *testing.T) {
	var c feature.Gaps
	c.Read([]int32{1, 0, 0, 1, 0, series.NoData, 0, 1, 0, 1, 0})
	if len(c.Lengths()) != 2 || c.Lengths()[0] != 3 || c.Lengths()[1] != 2 || c.Age() != 1 || c.Active() != 4 {
		t.Errorf("gaps %v, age %d, calls %d", c.Lengths(), c.Age(), c.Active())
	}
	if c.Read(make([]int32, 50)); len(c.Lengths()) != 0 || c.Age() != 50 || c.Ends(3) != 0 {
		t.Errorf("a history without calls after another: %+v", c)
	}
}

// cold returns the cold starts that the renewal process of the gaps predicts.
func cold(gaps *feature.Gaps, p *pooled, weight float64) float64 {
	return renewal{gaps, p, weight}.coldStarts()
}
