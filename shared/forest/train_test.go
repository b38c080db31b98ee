package forest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// reference is testdata/sklearn.json, made by testdata/reference.py.
type reference struct {
	X, Y                  []float32
	Label                 []int
	Regressor, Classifier referenceTree
}

type referenceTree struct {
	Feature    int // of the root
	Threshold  float32
	Parts      [][2][]int // rows to either side of each split, sorted
	Prediction []float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/sklearn.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// One tree on all rows and features, grown best first, chooses every split as
// scikit-learn does, by variance and by Gini impurity, and predicts the same for
// every row.
func TestSplitsEqualScikitLearn(t *testing.T) {
	ref := readReference(t)
	cfg := Config{Trees: 1, MaxLeafs: 8, MinLeaf: 2, Sample: -1}
	regressor, err := TrainRegressor(cfg, ref.X, 3, ref.Y, source())
	if err != nil {
		t.Fatal(err)
	}
	classifier, err := TrainClassifier(cfg, ref.X, 3, ref.Label, 3, source())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		forest *Forest
		want   referenceTree
	}{{"regressor", regressor, ref.Regressor}, {"classifier", classifier, ref.Classifier}} {
		root := c.forest.trees[0].nodes[0]
		if int(root.feature) != c.want.Feature || math.Abs(float64(root.threshold-c.want.Threshold)) > 1e-6 {
			t.Errorf("%s: root splits feature %d at %v, scikit-learn %d at %v", c.name, root.feature, root.threshold, c.want.Feature, c.want.Threshold)
		}
		if got := partsOf(&c.forest.trees[0], ref.X, 3); !reflect.DeepEqual(got, c.want.Parts) {
			t.Errorf("%s: splits part the rows into\n%v, scikit-learn's into\n%v", c.name, got, c.want.Parts)
		}
		got := c.forest.Predict(make([]float32, len(c.want.Prediction)), ref.X)
		for i, want := range c.want.Prediction {
			if math.Abs(float64(got[i])-want) > 5e-5 {
				t.Errorf("%s: prediction %d is %v, scikit-learn %v", c.name, i, got[i], want)
			}
		}
	}
}

// partsOf returns the rows that each split of the tree sends to either side,
// the side with the lowest row first, in the order of the rows.
func partsOf(t *tree, x []float32, features int) [][2][]int {
	reached := make([][]int, len(t.nodes))
	for row := range len(x) / features {
		at := 0
		for reached[0] = append(reached[0], row); t.nodes[at].feature != leaf; reached[at] = append(reached[at], row) {
			n := t.nodes[at]
			if at = int(n.child); x[row*features+int(n.feature)] > n.threshold {
				at++
			}
		}
	}
	var parts [][2][]int
	for _, n := range t.nodes {
		if n.feature == leaf {
			continue
		}
		part := [2][]int{reached[n.child], reached[n.child+1]}
		if slices.Compare(part[0], part[1]) > 0 {
			part[0], part[1] = part[1], part[0]
		}
		parts = append(parts, part)
	}
	slices.SortFunc(parts, func(a, b [2][]int) int {
		return cmp.Or(slices.Compare(a[0], b[0]), slices.Compare(a[1], b[1]))
	})
	return parts
}

// noisyStep is a step at 0.5 in the first of five features, with noise.
func noisyStep(rows int, rng *rand.Rand) (x, y []float32) {
	for range rows {
		first := rng.Float32()
		x = append(x, first, rng.Float32(), rng.Float32(), rng.Float32(), rng.Float32())
		value := float32(rng.NormFloat64() * 0.3)
		if first > 0.5 {
			value++
		}
		y = append(y, value)
	}
	return x, y
}

func TestAForestFindsAStepInNoise(t *testing.T) {
	x, y := noisyStep(2000, source())
	f, err := TrainRegressor(Config{Trees: 30, MinLeaf: 20, Features: 3, Cuts: 64}, x, 5, y, source())
	if err != nil {
		t.Fatal(err)
	}
	for first, want := range map[float32]float32{0.1: 0, 0.4: 0, 0.6: 1, 0.9: 1} {
		got := f.Predict(make([]float32, 1), []float32{first, 0.5, 0.5, 0.5, 0.5})[0]
		if got < want-0.15 || got > want+0.15 {
			t.Errorf("at %v: got %v, want %v", first, got, want)
		}
	}
}

// Trees grow in parallel, yet the same seed gives the same bytes on one
// processor and on several.
func TestTheSameSeedGivesTheSameForest(t *testing.T) {
	x, y := noisyStep(500, source())
	grown := func(processors int) []byte {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		f, err := TrainRegressor(Config{Trees: 8, MinLeaf: 5, Features: 2}, x, 5, y, source())
		if err != nil {
			t.Fatal(err)
		}
		return Encode(f)
	}
	if !bytes.Equal(grown(1), grown(4)) {
		t.Error("the forests differ")
	}
}

func TestBoundsHold(t *testing.T) {
	x, y := noisyStep(400, source())
	for name, c := range map[string]struct {
		cfg    Config
		leaves int
	}{
		"leaves":   {Config{Trees: 3, MaxLeafs: 7}, 7},
		"min leaf": {Config{Trees: 3, MinLeaf: 100}, 4},
		"constant": {Config{Trees: 3, MaxLeafs: 1}, 1},
	} {
		f, err := TrainRegressor(c.cfg, x, 5, y, source())
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range f.trees {
			if leaves := (len(tr.nodes) + 1) / 2; leaves > c.leaves || leaves == 1 && c.leaves > 1 {
				t.Errorf("%s: %d leaves, want 2 to %d", name, leaves, c.leaves)
			}
		}
	}
}

// Four rows, two of them in each leaf: with a prior of two samples a leaf lies
// halfway between its own mean and that of the root. Computed by hand.
func TestPriorPullsLeavesTowardsTheRoot(t *testing.T) {
	x, y := []float32{0, 0, 1, 1}, []float32{0, 0, 1, 1}
	for prior, want := range map[float64]float32{0: 1, 2: 0.75} {
		f, err := TrainRegressor(Config{Trees: 1, Sample: -1, Prior: prior}, x, 1, y, source())
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Predict(make([]float32, 1), []float32{1})[0]; math.Abs(float64(got-want)) > 1e-5 {
			t.Errorf("prior %v: got %v, want %v", prior, got, want)
		}
	}
}

func TestConstantTargetsGrowNoSplit(t *testing.T) {
	x, _ := noisyStep(50, source())
	f, err := TrainRegressor(Config{Trees: 2}, x, 5, make([]float32, 50), source())
	if err != nil {
		t.Fatal(err)
	}
	if f.Nodes() != 2 || f.Predict(make([]float32, 1), x[:5])[0] != 0 {
		t.Errorf("%d nodes", f.Nodes())
	}
}

func TestClassProbabilitiesSumToOne(t *testing.T) {
	ref := readReference(t)
	f, err := TrainClassifier(Config{Trees: 20, Features: 1, MinLeaf: 3, Prior: 2}, ref.X, 3, ref.Label, 3, source())
	if err != nil {
		t.Fatal(err)
	}
	p := f.Predict(make([]float32, 3), ref.X[:3])
	if sum := p[0] + p[1] + p[2]; math.Abs(float64(sum)-1) > 1e-4 {
		t.Errorf("%v sums to %v", p, sum)
	}
}

func TestManyValuesAreCutIntoEvenShares(t *testing.T) {
	column := make([]float32, 1000)
	for i := range column {
		column[i] = float32(i * i)
	}
	cuts := chooseCuts(column, 9)
	if len(cuts) != 9 {
		t.Fatalf("got %d cuts", len(cuts))
	}
	for k, c := range cuts {
		if want := float64((k + 1) * 100); math.Abs(math.Sqrt(float64(c))-want) > 1 {
			t.Errorf("cut %d is at the value of row %v, want %v", k, math.Sqrt(float64(c)), want)
		}
	}
}

func TestTrainNamesWhatIsWrong(t *testing.T) {
	x, y := []float32{1, 2, 3, 4}, []float32{1, 2}
	nan := float32(math.NaN())
	for _, c := range []struct {
		want string
		cfg  Config
		x, y []float32
	}{
		{"trees must be", Config{}, x, y},
		{"cuts must be", Config{Trees: 1, Cuts: 256}, x, y},
		{"must not be negative", Config{Trees: 1, MinLeaf: -1}, x, y},
		{"prior must be", Config{Trees: 1, Prior: -1}, x, y},
		{"x must have 4 values", Config{Trees: 1}, x[:3], y},
		{"rows must be", Config{Trees: 1}, nil, nil},
		{"feature 1 of row 0 must be finite", Config{Trees: 1}, []float32{1, nan, 3, 4}, y},
		{"y[1] must be finite", Config{Trees: 1}, x, []float32{1, nan}},
	} {
		if _, err := TrainRegressor(c.cfg, c.x, 2, c.y, source()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	if _, err := TrainClassifier(Config{Trees: 1}, x, 2, []int{0, 2}, 2, source()); err == nil || !strings.Contains(err.Error(), "y[1] must be between 0 and 1") {
		t.Errorf("got %v", err)
	}
	if _, err := TrainClassifier(Config{Trees: 1}, x, 2, []int{0, 0}, 1, source()); err == nil || !strings.Contains(err.Error(), "classes") {
		t.Errorf("got %v", err)
	}
}

// A cut that no split uses is not saved.
func TestOnlyCutsThatAreUsedAreKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := noisyStep(500, rng)
	f, err := TrainRegressor(Config{Trees: 3, MaxLeafs: 8}, x, 5, y, rng)
	if err != nil {
		t.Fatal(err)
	}
	used := map[float32]bool{}
	for _, tree := range f.trees {
		for _, n := range tree.nodes {
			if n.feature != leaf {
				used[n.threshold] = true
			}
		}
	}
	kept := slices.Concat(f.cuts...)
	for _, cut := range kept {
		if !used[cut] {
			t.Errorf("cut %v is kept, and no split uses it", cut)
		}
	}
	if len(kept) == 0 || len(kept) > 21 {
		t.Errorf("3 trees of up to 7 splits have %d cuts", len(kept))
	}
}
