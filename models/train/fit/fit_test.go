package fit

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
)

// memory is a store that counts.
type memory struct {
	data  []byte
	saves int
}

func (m *memory) Load() ([]byte, error) {
	if m.data == nil {
		return nil, fs.ErrNotExist
	}
	return m.data, nil
}

func (m *memory) Save(data []byte) error {
	m.data = slices.Clone(data)
	m.saves++
	return nil
}

// small trains a model in a second, which does not predict well.
func small() Options {
	o := Defaults(3)
	o.Hidden, o.Updates, o.Examples, o.SaveEvery = 4, 2, 160, 1
	o.Forest = forest.Config{Trees: 4, MaxLeafs: 20, MinLeaf: 2, Features: 6, Cuts: 20}
	o.Need, o.Cold = o.Forest, o.Forest
	o.Dense = dense.Config{Hidden: 3, Updates: 20, Batch: 16, Rate: 1e-2}
	return o
}

func trained(t *testing.T, ctx context.Context, o Options, tasks []Task, store Store) []byte {
	t.Helper()
	m, err := Train(ctx, o, tasks, store)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := forecast.Save(&buf, m); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestATrainedModelLoads(t *testing.T) {
	p, err := forecast.Load(bytes.NewReader(trained(t, t.Context(), small(), madeUp(40), &memory{})))
	if err != nil || p.Version() == "" {
		t.Fatal(err)
	}
}

// interrupting is a store that ends the training at its n-th save.
type interrupting struct {
	memory
	n      int
	cancel context.CancelFunc
}

func (i *interrupting) Save(data []byte) error {
	if i.n--; i.n == 0 {
		i.cancel()
	}
	return i.memory.Save(data)
}

// Interrupted in the middle of the second network and started again, a
// training ends in the very bytes of one that ran through.
func TestAnInterruptedTrainingEndsInTheSameModel(t *testing.T) {
	tasks := madeUp(40)
	want := trained(t, t.Context(), small(), tasks, &memory{})
	ctx, cancel := context.WithCancel(t.Context())
	store := &interrupting{n: 4, cancel: cancel} // three saves per network: after each update and at the end
	if _, err := Train(ctx, small(), tasks, store); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "network on fold B stopped at update 1 of 2") {
		t.Fatalf("got %v", err)
	}
	if got := trained(t, t.Context(), small(), tasks, &store.memory); !bytes.Equal(got, want) {
		t.Error("the resumed model differs")
	}
}

// The model does not depend on the functions of the test group.
func TestTheTestGroupIsNeverTrainedOn(t *testing.T) {
	tasks := madeUp(40)
	want := trained(t, t.Context(), small(), tasks, &memory{})
	held := 0
	for i := range tasks {
		if GroupOf(tasks[i].Owner) == TestGroup {
			tasks[i].Counts = slices.Repeat([]int32{123}, len(tasks[i].Counts))
			held++
		}
	}
	if held == 0 {
		t.Fatal("no function is in the test group")
	}
	if got := trained(t, t.Context(), small(), tasks, &memory{}); !bytes.Equal(got, want) {
		t.Error("the model depends on functions of the test group")
	}
}

func TestTrainingLowersTheLoss(t *testing.T) {
	o := small()
	o.Updates, o.Hidden, o.Rate = 30, 12, 0.02
	state := o.fresh("x")
	if _, err := trainNetwork(t.Context(), o, "x", madeUp(40), state, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if !(state.Entropy < 0.9*math.Ln2) {
		t.Errorf("the running mean of the cross-entropy is still %v", state.Entropy)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, spoil := range map[string]func(*Options){
		"hidden must be":     func(o *Options) { o.Hidden = 0 },
		"updates must be":    func(o *Options) { o.Updates = 0 },
		"examples must be":   func(o *Options) { o.Examples = 1 },
		"save_every must be": func(o *Options) { o.SaveEvery = 0 },
		"rate must be":       func(o *Options) { o.Rate = math.NaN() },
	} {
		o := small()
		spoil(&o)
		if _, err := Train(t.Context(), o, madeUp(40), &memory{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// untrained is a model with a random LSTM and no other part.
func untrained(o Options) *forecast.Model {
	return &forecast.Model{
		Network: lstm.FromParams(o.shape(), o.fresh("x").Params), Pooled: new(feature.KaplanMeier).Distribution(),
	}
}

// Rows are made of the history, outcomes of the steps after it. With ten calls every
// ten minutes, the refiner's outcome is whether a call is due, and that of the need is
// whether ten is more than the threshold.
func TestRowsMatchTheirOutcomes(t *testing.T) {
	tasks, o := []Task{{Name: "f", Counts: make([]int32, span)}}, small()
	for i := 0; i < span; i += 10 {
		tasks[0].Counts[i] = 10
	}
	o.Timers = 0
	rows := o.collect(untrained(o), tasks, 64, source())
	activity, need := rows.activity, rows.need
	if len(activity.y) != 64*horizonsPerExample || len(activity.x) != len(activity.y)*feature.Columns {
		t.Fatalf("%d rows, %d values", len(activity.y), len(activity.x))
	}
	for i, y := range activity.y {
		clock := int(activity.x[i*feature.Columns+22])
		if due := clock%10 == 0; due != (y == 1) {
			t.Fatalf("a row at minute %d has outcome %v", clock, y)
		}
	}
	if len(need.y) < 64 || len(need.x) != len(need.y)*feature.VolumeColumns {
		t.Fatalf("%d rows of the need, %d values", len(need.y), len(need.x))
	}
	for i, y := range need.y {
		row := need.x[i*feature.VolumeColumns : (i+1)*feature.VolumeColumns]
		if more := int(row[28])%10 == 0 && row[9] < float32(math.Log1p(9.999)); more != (y == 1) {
			t.Fatalf("minute %v, threshold %v: outcome %v", row[28], math.Expm1(float64(row[9])), y)
		}
	}
}

func TestTheMostCautiousAdaptationsComeFirst(t *testing.T) {
	all, seen := adaptations(), map[forecast.Adaptation]bool{}
	if all[0] != (forecast.Adaptation{}) {
		t.Errorf("the first is %+v", all[0])
	}
	for i, a := range all {
		if i > 1 && a.Gain/a.Ridge < all[i-1].Gain/all[i-1].Ridge || seen[a] {
			t.Errorf("%+v comes after %+v", a, all[i-1])
		}
		seen[a] = true
	}
}

// The chosen adaptation lowers the cross-entropy on functions that the network has
// not seen.
func TestAnAdaptationThatPaysIsChosen(t *testing.T) {
	o := small()
	o.Examples = 1200
	tasks := madeUp(40)
	n := untrained(o).Network
	best := o.adapt(n, tasks)
	tried := crossEntropies(n, []forecast.Adaptation{{}, best}, tasks, 20, source())
	if none, got := floats.Sum(tried[0]), floats.Sum(tried[1]); best.Gain == 0 || got >= none || len(tried[0]) != len(tasks) {
		t.Errorf("%+v: cross-entropy %v, without %v, of %d functions", best, got, none, len(tried[0]))
	}
}

// A timer of twenty steps has three cold starts in every hour.
func TestColdRowsHoldTheObservedColdStarts(t *testing.T) {
	tasks, o := []Task{{Name: "f", Counts: make([]int32, span)}}, small()
	for i := 0; i < span; i += 20 {
		tasks[0].Counts[i] = 1
	}
	o.Timers = 0
	set := o.collect(untrained(o), tasks, 64, source()).cold
	if len(set.y) < 30 || len(set.x) != len(set.y)*forecast.ColdColumns {
		t.Fatalf("%d rows, %d values", len(set.y), len(set.x))
	}
	for i, y := range set.y {
		if before := set.x[(i+1)*forecast.ColdColumns-1]; y != 3 || before > 0 && (before < 2 || before > 4) {
			t.Fatalf("%v cold starts were observed, %v per hour before", y, before)
		}
	}
}

func TestACheckpointOfAnotherTrainingIsNotResumed(t *testing.T) {
	tasks, store := madeUp(40), &memory{}
	trained(t, t.Context(), small(), tasks, store)
	o := small()
	o.Seed++
	want := trained(t, t.Context(), o, tasks, &memory{})
	if got := trained(t, t.Context(), o, tasks, store); !bytes.Equal(got, want) {
		t.Error("a checkpoint of another seed was resumed")
	}
}

func TestABrokenCheckpointIsAnError(t *testing.T) {
	if _, err := Train(t.Context(), small(), madeUp(40), &memory{data: []byte("junk")}); err == nil || !strings.Contains(err.Error(), "decode checkpoint") {
		t.Errorf("got %v", err)
	}
}

func TestAFileStoreReplacesTheWhole(t *testing.T) {
	file := File(filepath.Join(t.TempDir(), "deep", "checkpoint"))
	if _, err := file.Load(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{"a long first one", "second"} {
		if err := file.Save([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := file.Load(); err != nil || string(got) != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(string(file))); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
}

// A checkpoint of other code is not resumed.
func TestACheckpointOfOtherCodeIsNotResumed(t *testing.T) {
	before, now := small(), small()
	before.Code, now.Code = "old", "new"
	store, tasks := &memory{}, madeUp(40)
	ck := &checkpoint{Fingerprint: before.fingerprint(tasks), Stages: map[string]*networkState{"a": before.fresh("a")}}
	if err := ck.save(store); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		options Options
		stages  int
	}{{before, 1}, {now, 0}} {
		if got, err := resume(store, c.options.fingerprint(tasks)); err != nil || len(got.Stages) != c.stages {
			t.Errorf("code %s: %d stages, %v", c.options.Code, len(got.Stages), err)
		}
	}
}

// Each option that the LSTMs depend on changes the fingerprint.
func TestTheFingerprintIsThatOfAllOptions(t *testing.T) {
	tasks, seen := madeUp(40), map[uint64]string{small().fingerprint(madeUp(40)): "none"}
	for name, change := range map[string]func(*Options){
		"seed": func(o *Options) { o.Seed++ }, "hidden": func(o *Options) { o.Hidden++ }, "updates": func(o *Options) { o.Updates++ },
		"rate": func(o *Options) { o.Rate *= 2 }, "timers": func(o *Options) { o.Timers += 0.1 },
		"split": func(o *Options) { o.Split = NoTestGroup },
	} {
		o := small()
		change(&o)
		f := o.fingerprint(tasks)
		if same, ok := seen[f]; ok {
			t.Errorf("another %s has the fingerprint of another %s", name, same)
		}
		seen[f] = name
	}
}

// For any bytes, resume fails or returns a checkpoint that training can continue from.
func FuzzResume(f *testing.F) {
	o := small()
	store := &memory{}
	ck := &checkpoint{Fingerprint: 1, Stages: map[string]*networkState{"a": o.fresh("a")}}
	if err := ck.save(store); err != nil {
		f.Fatal(err)
	}
	f.Add(store.data)
	f.Add([]byte("junk"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ck, err := resume(&memory{data: slices.Concat(data, nil)}, 1)
		if err == nil && ck.stage(o, "a") == nil {
			t.Error("no state to continue from")
		}
	})
}
