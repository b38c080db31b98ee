package forest

import "testing"

func TestPredictAllocatesNothing(t *testing.T) {
	f := smallForest(t, true)
	x, _ := noisyStep(60, source())
	dst := make([]float32, 60*f.Outputs())
	if allocs := testing.AllocsPerRun(10, func() { f.Predict(dst, x) }); allocs != 0 {
		t.Errorf("Predict allocates %v times", allocs)
	}
}

func TestRowsTogetherEqualRowsAlone(t *testing.T) {
	f := smallForest(t, true)
	x, _ := noisyStep(20, source())
	together := f.Predict(make([]float32, 40), x)
	for r := range 20 {
		alone := f.Predict(make([]float32, 2), x[r*5:(r+1)*5])
		if alone[0] != together[r*2] || alone[1] != together[r*2+1] {
			t.Errorf("row %d: alone %v, together %v", r, alone, together[r*2:r*2+2])
		}
	}
}

func TestAWrongLengthIsTheCallersBug(t *testing.T) {
	f := smallForest(t, false)
	for name, call := range map[string]func(){
		"half a row":   func() { f.Predict(make([]float32, 1), make([]float32, 3)) },
		"no room":      func() { f.Predict(nil, make([]float32, 5)) },
		"one too many": func() { f.Predict(make([]float32, 1), make([]float32, 6)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

// Rows and trees are taken in blocks of several lanes, and what is left over one by one.
func TestPredictWalksEveryRowThroughEveryTree(t *testing.T) {
	rng := source()
	x, y := make([]float32, 900*5), make([]float32, 900)
	for i := range x {
		x[i] = float32(rng.IntN(20)) // many rows equal a threshold
	}
	for i := range y {
		y[i] = x[i*5]*x[i*5+1] - x[i*5+2]
	}
	for trees := 1; trees <= 2*lanes+1; trees++ {
		f, err := TrainRegressor(Config{Trees: trees, MaxLeafs: 1 + 7*trees, Features: 2}, x, 5, y, rng)
		if err != nil {
			t.Fatal(err)
		}
		for rows := range 2*lanes + 2 {
			for row, got := range f.Predict(make([]float32, rows), x[:rows*5]) {
				points := 0
				for i := range f.trees {
					points += int(f.trees[i].values[f.trees[i].find(x[row*5:])])
				}
				low, top := float64(f.low), float64(f.top)
				if want := float32(low + (top-low)/(gridPoints*float64(trees))*float64(points)); got != want {
					t.Errorf("row %d of %d through %d trees: %v, want %v", row, rows, trees, got, want)
				}
			}
		}
	}
}

// BenchmarkPredict is one function of a forecast: 60 rows of 24 features.
func BenchmarkPredict(b *testing.B) { benchmark(b, 60) }

// BenchmarkPredictOneRow is a forecast of one step.
func BenchmarkPredictOneRow(b *testing.B) { benchmark(b, 1) }

func benchmark(b *testing.B, rows int) {
	rng := source()
	x, y := make([]float32, 20000*24), make([]float32, 20000)
	for i := range x {
		x[i] = rng.Float32()
	}
	for i := range y {
		y[i] = x[i*24]*x[i*24+1] + rng.Float32()
	}
	f, err := TrainRegressor(Config{Trees: 40, MaxLeafs: 400, Features: 6, Cuts: 100}, x, 24, y, rng)
	if err != nil {
		b.Fatal(err)
	}
	dst, at := make([]float32, rows), 0
	b.ReportAllocs()
	for b.Loop() {
		// Other rows each time, as a processor learns the way of the same ones.
		f.Predict(dst, x[at*24:(at+rows)*24])
		at = (at + rows) % 18000
	}
}
