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

// BenchmarkPredict is one function of a forecast: 60 rows of 24 features.
func BenchmarkPredict(b *testing.B) {
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
	dst := make([]float32, 60)
	b.ReportAllocs()
	for b.Loop() {
		f.Predict(dst, x[:60*24])
	}
}
