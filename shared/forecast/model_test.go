package forecast_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
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
		Refiner: randomForest(t, feature.Columns, rng), Need: randomForest(t, feature.VolumeColumns, rng),
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

// changed returns a file after a change of the body of one of its sections, with
// checksums that fit.
func changed(t testing.TB, file []byte, section string, change func(body []byte) []byte) []byte {
	t.Helper()
	f, err := modelfile.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(f.Sections, func(s modelfile.Section) bool { return s.Name == section })
	f.Sections[at].Body = change(slices.Clone(f.Sections[at].Body))
	return f.Bytes()
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	file := saved(t, untrained(t))
	put := func(at int, b ...byte) func(body []byte) []byte {
		return func(body []byte) []byte { return append(append(body[:at:at], b...), body[at+len(b):]...) }
	}
	cut := func(body []byte) []byte { return body[:len(body)-1] }
	nan := binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN())))
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"it is empty", nil},
		{"section pooled: body must have", file[:100]},
		{"pooled: share[0] must be between 0 and 1, was: NaN", changed(t, file, "pooled", put(0, nan...))},
		{"pooled share of gap 1 must be above 0 and at most 1, was: 0", changed(t, file, "pooled", put(4, 0, 0, 0, 0))},
		{"pooled: share must have", changed(t, file, "pooled", cut)},
		{"coefficients: coefficient[5] must be between -100 and 100, was: NaN", changed(t, file, "coefficients", put(20, nan...))},
		{"ridge of the adaptation must be above 0", changed(t, file, "coefficients", put(20, 0, 0, 0, 0))},
		{"coefficients: must end after its last field", changed(t, file, "coefficients", func(b []byte) []byte { return append(b, 0) })},
		{"dense: varying must be between", changed(t, file, "dense", put(0, 0))},
		{"network: hidden must be between", changed(t, file, "network", put(4, 0))},
		{"network must have", changed(t, file, "network", func([]byte) []byte {
			return lstm.Encode(lstm.New[float32](lstm.Shape{Inputs: 1, Hidden: 1, Outputs: 1}, rand.New(rand.NewPCG(1, 2))))
		})},
		{"refiner: features must be between", changed(t, file, "refiner", put(0, 0))},
		{"need: trees must be between", changed(t, file, "need", put(3, 0, 0))},
		{"cold: content of tree 4 must have", changed(t, file, "cold", cut)},
	} {
		_, err := forecast.Load(bytes.NewReader(c.file))
		if !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), c.want) {
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

// Whatever the bytes of a section, Load fails with ErrFormat or returns a
// predictor that gives valid forecasts.
func FuzzLoad(f *testing.F) {
	file := saved(f, untrained(f))
	valid, err := modelfile.Parse(file)
	if err != nil {
		f.Fatal(err)
	}
	for i, s := range valid.Sections {
		f.Add(byte(i), s.Body)
		f.Add(byte(i), s.Body[:len(s.Body)/2])
	}
	f.Fuzz(func(t *testing.T, section byte, body []byte) {
		name := valid.Sections[int(section)%len(valid.Sections)].Name
		p, err := forecast.Load(bytes.NewReader(changed(t, file, name, func([]byte) []byte { return body })))
		if err != nil {
			if !errors.Is(err, modelfile.ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		checkForecast(t, p, window(30, func(i int) int32 { return int32(i % 3) }))
	})
}
