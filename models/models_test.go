package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"prewarm/models"
	"prewarm/models/train/fit"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
	"prewarm/shared/nn/dense"
	"prewarm/shared/series"
)

// maxBytes bounds forecast.bin and hourly.bin together.
const maxBytes = 118_000

func TestEmbeddedWeightsLoadAndAreSmall(t *testing.T) {
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Version()) != 12 {
		t.Errorf("version %q", p.Version())
	}
	if size := models.Size(); size > maxBytes {
		t.Errorf("weights have %d bytes, at most %d are allowed", size, maxBytes)
	}
}

// window returns a window of one-minute steps that ends at 3:00, with count calls in
// the steps for which called is true.
func window(steps int, count int32, called func(step int) bool) event.FunctionWindow {
	w := event.FunctionWindow{Function: "f.openfaas-fn", Concurrency: 1}
	w.StepSeconds, w.Start = 60, int64(feature.Steps-steps)*60
	w.Counts = make([]int32, steps)
	for i := range w.Counts {
		if called(i) {
			w.Counts[i] = count
		}
	}
	return w
}

func forecastOf(t *testing.T, w event.FunctionWindow) event.Forecast {
	t.Helper()
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]event.Forecast, 1)
	if errs := p.Forecast(dst, []event.FunctionWindow{w}); errs != nil {
		t.Fatal(errs)
	}
	return dst[0]
}

// A timer with a constant period was observed for three gaps, four, or a whole
// window. It is forecast to be called when it is due and in no other step, however
// long ago its last call was. After a short history two periods are checked, after a
// whole window all horizons.
func TestATimerIsForecastWhenItIsDueOnly(t *testing.T) {
	for _, period := range []int{5, 7, 10, 12, 15, 20, 24, 30, 45, 60} {
		for _, age := range []int{0, period / 2, period - 2} {
			for _, gaps := range []int{3, 4} {
				checkTimer(t, period, age, gaps*period+age+1, 2*period)
			}
			checkTimer(t, period, age, feature.Steps, feature.Horizons)
		}
	}
}

// checkTimer checks the horizons up to last, for a window that ends age steps after
// a call.
func checkTimer(t *testing.T, period, age, steps, last int) {
	t.Helper()
	steps = min(steps, feature.Steps)
	f := forecastOf(t, window(steps, 1, func(i int) bool { return (steps-1-age-i)%period == 0 }))
	for h := 1; h <= min(last, feature.Horizons); h++ {
		p, past := float64(f.PActive[h-1]), (age+h)%period
		if past == 0 && p < 0.8 {
			t.Errorf("period %d, age %d, %d steps: due at horizon %d with p %.2f", period, age, steps, h, p)
		}
		if past > 1 && past < period-1 && p > 0.15 {
			t.Errorf("period %d, age %d, %d steps: not due at horizon %d with p %.2f", period, age, steps, h, p)
		}
	}
}

func TestADenseFunctionIsActiveThroughout(t *testing.T) {
	f := forecastOf(t, window(feature.Steps, 40, func(int) bool { return true }))
	for h, p := range f.PActive {
		if p < 0.95 {
			t.Errorf("horizon %d: p %.3f", h+1, p)
		}
	}
	if f.ExpectedCold > 0.2 {
		t.Errorf("expected cold starts %.2f for a function that never rests", f.ExpectedCold)
	}
}

func TestASilentFunctionStaysSilent(t *testing.T) {
	f := forecastOf(t, window(feature.Steps, 0, func(int) bool { return false }))
	for h, p := range f.PActive {
		if p > 0.1 || f.NeedQ50[h] != 0 {
			t.Errorf("horizon %d: p %.3f, need %d", h+1, p, f.NeedQ50[h])
		}
	}
}

// Two hundred calls a minute of 3 s each keep ten replicas busy.
func TestNeedFollowsTheLoad(t *testing.T) {
	w := window(feature.Steps, 200, func(int) bool { return true })
	w.BusySeconds = make([]float32, len(w.Counts))
	for i := range w.BusySeconds {
		w.BusySeconds[i] = 600
	}
	f := forecastOf(t, w)
	for h := range f.NeedQ50 {
		if f.NeedQ50[h] < 7 || f.NeedQ50[h] > 13 || f.NeedQ99[h] < 10 || f.NeedQ99[h] > 60 {
			t.Errorf("horizon %d: need %d (q50), %d (q99), want about 10", h+1, f.NeedQ50[h], f.NeedQ99[h])
		}
	}
}

// Steps without data do not count as steps without calls.
func TestAHoleInTheDataIsNotZero(t *testing.T) {
	w := window(feature.Steps, 20, func(int) bool { return true })
	for i := 170; i < feature.Steps; i++ {
		w.Counts[i] = series.NoData
	}
	if f := forecastOf(t, w); f.PActive[0] < 0.6 {
		t.Errorf("after ten unknown minutes p is %.2f", f.PActive[0])
	}
}

// shippedFile returns the embedded model file.
func shippedFile(t *testing.T) []byte {
	t.Helper()
	file, err := os.ReadFile("forecast.bin")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// refused fails the test unless Load refuses the file with a reason.
func refused(t *testing.T, what string, file []byte) {
	t.Helper()
	_, err := forecast.Load(bytes.NewReader(file))
	if !errors.Is(err, modelfile.ErrFormat) || len(err.Error()) < len(modelfile.ErrFormat.Error())+10 {
		t.Errorf("%s: got %v", what, err)
	}
}

// Load notices a flipped bit anywhere in the shipped file.
func TestAFlippedBitIsNoticed(t *testing.T) {
	file := shippedFile(t)
	for at := 0; at < len(file); at += 211 {
		file[at] ^= 1 << (at % 8)
		refused(t, fmt.Sprintf("bit %d of byte %d", at%8, at), file)
		file[at] ^= 1 << (at % 8)
	}
	if _, err := forecast.Load(bytes.NewReader(file)); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

func TestACutFileIsNoticed(t *testing.T) {
	file := shippedFile(t)
	for size := 0; size < len(file); size += 997 {
		refused(t, fmt.Sprintf("%d of %d bytes", size, len(file)), file[:size])
	}
	refused(t, "twice over", append(file, file...))
}

func TestAForeignFileIsNoticed(t *testing.T) {
	file := shippedFile(t)
	parts, err := modelfile.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	without := *parts
	without.Sections = slices.DeleteFunc(slices.Clone(parts.Sections), func(s modelfile.Section) bool { return s.Name == "network" })
	hourly, err := os.ReadFile("hourly.bin")
	if err != nil {
		t.Fatal(err)
	}
	for what, foreign := range map[string][]byte{
		"text":             bytes.Repeat([]byte("prewarm forecasts calls\n"), 500),
		"zeros":            make([]byte, len(file)),
		"a ZIP archive":    append([]byte("PK\x03\x04"), file...),
		"the hourly model": hourly,
		"no network":       without.Bytes(),
	} {
		refused(t, what, foreign)
	}
}

// section returns a decoder of one section of a model file.
func section(t testing.TB, file []byte, name string) *modelfile.Decoder {
	t.Helper()
	f, err := modelfile.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sections {
		if s.Name == name {
			return modelfile.NewDecoder(name, s.Body)
		}
	}
	t.Fatalf("no section %s", name)
	return nil
}

// Evaluations compare with a model of forests alone. It spends the bytes of the
// dense network on more trees, to within one tree.
func TestForestsAloneHaveTheBytesOfTheDenseNetwork(t *testing.T) {
	file, err := os.ReadFile("forecast.bin")
	if err != nil {
		t.Fatal(err)
	}
	shipped := fit.Defaults(1)
	more := shipped.ForestsAlone().Forest.Trees - shipped.Forest.Trees
	shape := forecast.DenseShape(shipped.Dense.Hidden)
	network := len(dense.Encode(dense.FromParams(shape, make([]float32, shape.Size()))))
	refiner, err := forest.Decode(section(t, file, "refiner"))
	if err != nil {
		t.Fatal(err)
	}
	nodes := refiner.Nodes() / shipped.Forest.Trees
	if tree := 4 + nodes/8 + 2*nodes; more*tree > network || (more+1)*tree <= network {
		t.Errorf("%d trees of %d bytes instead of a network of %d", more, tree, network)
	}
}
