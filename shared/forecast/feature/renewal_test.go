package feature

import (
	"math"
	"testing"
)

func uniform() *GapDistribution {
	var p KaplanMeier
	d := p.Distribution()
	return &d
}

func TestPooledDistributionSumsToOne(t *testing.T) {
	var p KaplanMeier
	p.Add(every(1000, 0, 30))
	p.Add(every(1000, 5, 3))
	p.Add(make([]int32, 1000)) // never called: left out
	d := p.Distribution()
	var sum float64
	for _, v := range d {
		sum += float64(v)
	}
	if math.Abs(sum-1) > 1e-5 || d[30] < 0.45 || d[3] < 0.45 {
		t.Errorf("sum %v, d[30] %v, d[3] %v: each function has equal weight", sum, d[30], d[3])
	}
}

// A function has one gap of ten steps and then no call any more. The time to the end
// of its history is a censored gap: it is only known to be longer.
func TestACensoredGapCountsAsLonger(t *testing.T) {
	var p KaplanMeier
	counts := make([]int32, 1000)
	counts[0], counts[10] = 1, 1
	p.Add(counts)
	d := p.Distribution()
	if d[10] < 0.4 || d[10] > 0.6 {
		t.Errorf("one gap of ten and one that is longer: got %v for ten", d[10])
	}
	var after float32
	for g, v := range d {
		if g == 0 || g > 989 {
			after += v
		}
	}
	if after < 0.4 {
		t.Errorf("longer than the censored gap: got %v", after)
	}
}

// Gaps of ten only, the last call two steps ago: the next calls are at horizon
// 8, 18, 28, with what the pooled distribution leaves.
func TestRenewalOfATimerExpectsItsPeriods(t *testing.T) {
	var u [Horizons]float32
	read(every(Steps, 7, 10)).Renewal(u[:], uniform())
	for horizon := 1; horizon <= 30; horizon++ {
		due := horizon%10 == 8
		if p := u[horizon-1]; due && p < 0.65 || !due && p > 0.1 {
			t.Errorf("horizon %d: %v", horizon, p)
		}
	}
}

// With geometric gaps of rate r every step is active with probability r,
// however long ago the last call was.
func TestRenewalOfAMemorylessFunctionIsFlat(t *testing.T) {
	const rate = 0.08
	var geometric GapDistribution
	for g := 1; g <= MaxGap; g++ {
		geometric[g] = float32(rate * math.Pow(1-rate, float64(g-1)))
	}
	geometric[0] = float32(math.Pow(1-rate, MaxGap))
	for _, quiet := range []int{1, 20, 100} {
		counts := make([]int32, quiet+1)
		counts[0] = 1
		var u [Horizons]float32
		read(counts).Renewal(u[:], &geometric)
		for horizon, p := range u {
			if math.Abs(float64(p)-rate) > 1e-4 {
				t.Fatalf("%d quiet steps, horizon %d: got %v, want %v", quiet, horizon+1, p, rate)
			}
		}
	}
}

func TestHazardRisesWhereOwnGapsEnd(t *testing.T) {
	h := read(every(44, 3, 10)) // last call at 43, the final step
	if at, before, after := h.hazard(10), h.hazard(5), h.hazard(20); at < 0.85 || before != 0 || after != 0 {
		t.Errorf("at the gap %v, before %v, after %v", at, before, after)
	}
}
