package forecast_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
)

// untrained is a model of random weights: small, fast, and wrong, which is all
// that the mechanics need.
func untrained(t testing.TB) *forecast.Model {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	return &forecast.Model{
		Network: lstm.New[float32](forecast.NetworkShape(6), rng),
		Adapt:   forecast.Adaptation{Gain: 1, Ridge: 2}, Pooled: new(feature.KaplanMeier).Distribution(),
		Refiner: randomForest(t, feature.Columns, rng), Need: randomForest(t, feature.LoadColumns, rng),
		Cold: randomForest(t, forecast.ColdColumns, rng), Dense: randomDense(rng),
		Stack: forecast.Stack{Refiner: 1, Dense: 1, Network: 1},
	}
}

func randomDense(rng *rand.Rand) *dense.Network {
	shape := forecast.DenseShape(3)
	params := make([]float32, shape.Size())
	for i := range params {
		params[i] = rng.Float32() - 0.5
	}
	return dense.FromParams(shape, params)
}

func randomForest(t testing.TB, columns int, rng *rand.Rand) *forest.Forest {
	t.Helper()
	x, y := make([]float32, 300*columns), make([]float32, 300)
	for i := range x {
		x[i] = 4 * rng.Float32()
	}
	for i := range y {
		y[i] = 8*rng.Float32() - 4
	}
	f, err := forest.TrainRegressor(forest.Config{Trees: 5, MaxLeafs: 8, Features: 5}, x, columns, y, rng)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func saved(t testing.TB, m *forecast.Model) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := forecast.Save(&buf, m); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func load(t testing.TB, file []byte) *forecast.Predictor {
	t.Helper()
	p, err := forecast.Load(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVersionIsThatOfTheContent(t *testing.T) {
	m := untrained(t)
	first, again := load(t, saved(t, m)), load(t, saved(t, m))
	m.Stack.Bias = 0.25
	other := load(t, saved(t, m))
	if first.Version() != again.Version() || first.Version() == other.Version() || len(first.Version()) != 12 {
		t.Errorf("versions %q, %q and, of another model, %q", first.Version(), again.Version(), other.Version())
	}
}

// prefix is the length of the part before the network.
const prefix = 6 + 2 + 4*(feature.MaxGap+1+4+2)

// seal renews the checksum of the prefix after a change.
func seal(file []byte) []byte {
	binary.LittleEndian.PutUint32(file[prefix:], crc32.ChecksumIEEE(file[:prefix]))
	return file
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	m := untrained(t)
	file := saved(t, m)
	network := prefix + 4 + len(dense.Append(nil, m.Dense))
	change := func(at int, b ...byte) []byte {
		f := slices.Clone(file)
		copy(f[at:], b)
		return f
	}
	nan := binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN())))
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"prefix must have", nil},
		{"prefix must have", file[:100]},
		{"magic must be", change(0, 'X')},
		{"version must be", change(6, 7)},
		{"checksum of the prefix", change(20, file[20]^1)},
		{"pooled share of gap 0", seal(change(8, nan...))},
		{"stack and adaptation must be within", seal(change(prefix-4, nan...))},
		{"ridge of the adaptation must be above 0", seal(change(prefix-4, 0, 0, 0, 0))},
		{"dense: invalid model file", change(prefix+4, 'X')},
		{"lstm: invalid model file", change(network, 'X')},
		{"forest: invalid model file", file[:len(file)-1]},
		{"file must end after the last forest", append(slices.Clone(file), 0)},
	} {
		_, err := forecast.Load(bytes.NewReader(c.file))
		if !errors.Is(err, forecast.ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func TestPartsThatDoNotFitAreNamed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	m := untrained(t)
	m.Network = lstm.New[float32](lstm.Shape{Inputs: 2, Hidden: 3, Outputs: 4}, rng)
	if _, err := forecast.New(m, "x"); err == nil || !strings.Contains(err.Error(), "network must have") {
		t.Errorf("got %v", err)
	}
	m = untrained(t)
	var err error
	if m.Refiner, err = forest.TrainRegressor(forest.Config{Trees: 1}, []float32{1, 2}, 1, []float32{0, 1}, rng); err != nil {
		t.Fatal(err)
	}
	if _, err := forecast.New(m, "x"); err == nil || !strings.Contains(err.Error(), "refiner must have") {
		t.Errorf("got %v", err)
	}
	m = untrained(t)
	m.Dense = dense.FromParams(dense.Shape{Varying: 1, Shared: 1, Hidden: 1}, make([]float32, 5))
	if _, err := forecast.New(m, "x"); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("dense network must have %d varying", feature.VaryingColumns)) {
		t.Errorf("got %v", err)
	}
	m = untrained(t)
	m.Need = randomForest(t, 3, rng)
	if _, err := forecast.New(m, "x"); err == nil || !strings.Contains(err.Error(), "need must have") {
		t.Errorf("got %v", err)
	}
}

// Whatever the bytes, Load fails with ErrFormat or returns a predictor that
// gives valid forecasts.
func FuzzLoad(f *testing.F) {
	file := saved(f, untrained(f))
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= prefix+4 {
			data = seal(slices.Clone(data))
		}
		p, err := forecast.Load(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, forecast.ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		checkForecast(t, p, window(30, func(i int) int32 { return int32(i % 3) }))
	})
}
