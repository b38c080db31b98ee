package rival_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
	"prewarm/shared/simulate/rival"
)

// saved returns the file of a model.
func saved(t testing.TB, m *rival.BoostedModel) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := rival.SaveBoosted(&file, m); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestAModelSurvivesItsFile(t *testing.T) {
	m := dueAt(t, 10, 3)
	file := saved(t, m)
	again, err := rival.LoadBoosted(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved(t, again), file) || len(again.Version()) != 12 || m.Version() != "" {
		t.Errorf("the file changed when it was written again; versions %q and %q", m.Version(), again.Version())
	}
	w := callsOf(0, timerOf(30, 0, 10, 1))
	for fold, want := range map[int]bool{0: true, 3: false} {
		if p := odds(t, w, again, fold).Probability(0, 20); p > 0.5 != want {
			t.Errorf("fold %d predicts %v", fold, p)
		}
	}
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	if _, err := rival.LoadBoosted(strings.NewReader("")); !errors.Is(err, rival.ErrNoBoostedModel) {
		t.Errorf("empty file: %v", err)
	}
	// Trees of three columns are a valid forest, but not one that reads these rows.
	narrow, err := forest.TrainRegressor(forest.Config{Trees: 1}, []float32{1, 2, 3}, 3, []float32{1}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	m := dueAt(t, 10)
	m.Folds[1] = narrow
	_, err = rival.LoadBoosted(bytes.NewReader(saved(t, m)))
	if !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), "fold 2 must have 42 features and 1 output, had: 3 and 1") {
		t.Errorf("narrow trees: %v", err)
	}
}

// FuzzLoadBoosted reads any file. What loads can be saved and predicts.
func FuzzLoadBoosted(f *testing.F) {
	m := &rival.BoostedModel{}
	for k := range m.Folds {
		x := make([]float32, 2*rival.BoostedColumns)
		x[k] = 1
		trees, err := forest.TrainRegressor(forest.Config{Trees: 1, Sample: -1}, x, rival.BoostedColumns, []float32{-1, 1}, rand.New(rand.NewPCG(1, 1)))
		if err != nil {
			f.Fatal(err)
		}
		m.Folds[k] = trees
	}
	file := saved(f, m)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := rival.LoadBoosted(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, modelfile.ErrFormat) && !errors.Is(err, rival.ErrNoBoostedModel) {
				t.Errorf("error is of another kind: %v", err)
			}
			return
		}
		if !bytes.Equal(saved(t, m), data) {
			t.Error("the file changed when it was written again")
		}
		w := callsOf(0, timerOf(4, 0, 2, 1))
		if _, err := rival.NewBoostedOdds(t.Context(), w, m, []int{0}, func() {}); err != nil {
			t.Error(err)
		}
	})
}
