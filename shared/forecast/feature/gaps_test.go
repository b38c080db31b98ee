package feature

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/series"
)

func TestGapsAreCountedByLength(t *testing.T) {
	var g Gaps
	g.Read([]int32{1, 0, 0, 5, 0, 0, 1, 1, 0})
	if !slices.Equal(g.Lengths(), []int{3, 3, 1}) || g.Ends(3) != 2 || g.Ends(1) != 1 || g.Ends(2) != 0 {
		t.Errorf("gaps %v, %d of three steps, %d of one", g.Lengths(), g.Ends(3), g.Ends(1))
	}
	if g.Ends(5*MaxHistory) != 0 {
		t.Error("a gap that is longer than any history was counted")
	}
	if g.Read([]int32{0, 0}); len(g.Lengths()) != 0 || g.Ends(3) != 0 || g.Active() != 0 || g.Age() != 2 {
		t.Errorf("after a history without calls: %v", g.Lengths())
	}
}

// The longest possible gap, over a whole history, is counted too.
func TestTheLongestGapIsCounted(t *testing.T) {
	counts := make([]int32, MaxHistory)
	counts[0], counts[MaxHistory-1] = 1, 1
	var g Gaps
	if g.Read(counts); g.Ends(MaxHistory-1) != 1 || g.Age() != 0 {
		t.Errorf("gaps %v", g.Lengths())
	}
}

// Mean and coefficient of variation equal those of gonum, over all gaps and over
// those that are longer than a keep-alive.
func TestMomentsEqualGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	counts := make([]int32, 600)
	for i := range counts {
		counts[i] = int32(rng.IntN(8) / 7)
	}
	var g Gaps
	g.Read(counts)
	for _, longerThan := range []int{0, 10} {
		var lengths []float64
		for _, length := range g.Lengths() {
			if length > longerThan {
				lengths = append(lengths, float64(length))
			}
		}
		wantMean, deviation := stat.PopMeanStdDev(lengths, nil)
		mean, variation := g.Moments(longerThan)
		if math.Abs(mean-wantMean) > 1e-9 || math.Abs(variation-deviation/wantMean) > 1e-9 {
			t.Errorf("longer than %d: mean %v, want %v, variation %v, want %v", longerThan, mean, wantMean, variation, deviation/wantMean)
		}
	}
	if mean, variation := g.Moments(MaxHistory); mean != 0 || variation != 0 {
		t.Errorf("without gaps: mean %v, variation %v", mean, variation)
	}
}

// GapRow gives the first columns of the rows of all horizons, but those about
// network and renewal, though contexts and paces were not searched for.
func TestAGapRowIsTheBeginningOfARow(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{1, 40, 200, MaxHistory, MaxHistory + 50} {
		counts := randomCounts(rng, n)
		var whole, gapsOnly History
		whole.Read(counts, 17)
		gapsOnly.ReadGaps(counts, 17)
		rows := rows(&whole)
		for _, horizon := range []int{1, 9, Horizons} {
			got := gapsOnly.GapRow(make([]float32, Columns), horizon)
			want := slices.Clone(rows[(horizon-1)*Columns:][:GapColumns])
			want[0], want[1], want[2] = 0, 0, 0
			if !slices.Equal(got, want) {
				t.Errorf("%d steps, horizon %d: %v, want %v", n, horizon, got, want)
			}
		}
	}
}

func TestHistoryAndGapsReadTheSame(t *testing.T) {
	counts := randomCounts(rand.New(rand.NewPCG(7, 7)), 900)
	counts[400] = series.NoData
	var g Gaps
	g.Read(counts)
	h := read(counts)
	if !slices.Equal(g.Lengths(), h.Lengths()) || g.Age() != h.Age() || g.Active() != h.Active() {
		t.Errorf("%d gaps and age %d, the history has %d and %d", len(g.Lengths()), g.Age(), len(h.Lengths()), h.Age())
	}
	for length := range MaxHistory {
		longer := 0
		for _, gap := range g.Lengths() {
			if gap >= length {
				longer++
			}
		}
		if int(h.longer[length]) != longer {
			t.Fatalf("%d gaps of at least %d steps, want %d", h.longer[length], length, longer)
		}
	}
}
