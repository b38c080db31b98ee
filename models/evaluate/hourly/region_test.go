package hourly

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"prewarm/shared/series"
)

// swinging returns the hours of a region with a daily swing and some noise.
func swinging(hours int) []int32 {
	rng := rand.New(rand.NewPCG(1, 1))
	counts := make([]int32, hours)
	for i := range counts {
		counts[i] = int32(1000 * (1 + 0.4*math.Sin(2*math.Pi*float64(i)/24) + 0.02*rng.NormFloat64()))
	}
	return counts
}

// If every day is the same, the methods that use the day before are right and the
// moving average lags behind.
func TestDailyPatternOfARegion(t *testing.T) {
	r, err := ScoreRegion(predictor(t), "X", swinging(24*10))
	if err != nil {
		t.Fatal(err)
	}
	r2 := map[string]float64{}
	for _, row := range r.Methods {
		r2[row.Name] = row.R2
		if row.Relative <= 0 || row.Relative > 0.5 {
			t.Errorf("%s: relative error of %v", row.Name, row.Relative)
		}
	}
	if r.N != 24*8 || r2["seasonal naive, 24 h"] < 0.98 || r2["ridge on own lags"] < 0.97 || r2["moving average, 3 h"] > 0.9 || r2[Adapted] < 0.95 {
		t.Errorf("%d hours: %v", r.N, r2)
	}
}

// Property: hours from the origin on change no prediction.
func TestNoRegionMethodSeesTheFuture(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	p, hours := predictor(t), swinging(120)
	for range 30 {
		at := warmUp + rng.IntN(len(hours)-warmUp)
		predict := func() []float64 {
			predicted, err := predictRegion(p, hours[:at])
			if err != nil {
				t.Fatal(err)
			}
			return predicted
		}
		want := predict()
		for i := at; i < len(hours); i++ {
			hours[i] = int32(rng.IntN(100000))
		}
		for i, v := range predict() {
			if v != want[i] {
				t.Errorf("method %d predicted %v, with another future %v", i, want[i], v)
			}
		}
		copy(hours, swinging(120))
	}
}

// Unknown hours, and the hour after them, are not scored; baselines do not take them
// for zeros.
func TestUnknownHoursOfARegionAreLeftOut(t *testing.T) {
	hours := swinging(100)
	hours[60], hours[61] = series.NoData, series.NoData
	r, err := ScoreRegion(predictor(t), "X", hours)
	if err != nil || r.N != 100-warmUp-3 {
		t.Errorf("%d hours, %v", r.N, err)
	}
	if m := meanOf([]int32{4, series.NoData, 8}); m != 6 {
		t.Errorf("mean %v", m)
	}
	if v := exponentialSmoothing([]int32{series.NoData, 8, series.NoData, 4}); v != 6 {
		t.Errorf("smoothed %v", v)
	}
}

func TestRegionSectionMarksTheTrainedRegion(t *testing.T) {
	r, err := ScoreRegion(predictor(t), "R1", swinging(72))
	if err != nil {
		t.Fatal(err)
	}
	other := r
	other.Name = "R2"
	text := RegionSection("hourly-regions", "Title", []RegionScores{r, other}, "R1").Text
	for _, want := range []string{"R1 (trained on): RMSE", "R2: RMSE", "N = 24 hours", "| seasonal naive, 24 h |"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from:\n%s", want, text)
		}
	}
}
