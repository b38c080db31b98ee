package series_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/series"
)

// There and back returns the window that a reader of the sparse form of w has.
func thereAndBack(t *testing.T, w series.Window) series.Window {
	t.Helper()
	text, err := json.Marshal(w.Sparse())
	if err != nil {
		t.Fatal(err)
	}
	var s series.Sparse
	got := series.Window{StepSeconds: w.StepSeconds, Start: w.Start, Spread: w.Spread, AtLeast: w.AtLeast}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if err := s.Dense(&got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got
}

// The bytes of a window follow from its active steps: a day without a call takes as many as
// three steps without one.
func TestASparseWindowListsItsActiveSteps(t *testing.T) {
	for want, w := range map[string]series.Window{
		`{"steps":1440,"counts":[-1440]}`:                              {Counts: make([]int32, 1440)},
		`{"steps":5,"counts":[-2,3,1,-1]}`:                             {Counts: []int32{0, 0, 3, 1, 0}},
		`{"steps":3,"unknown":[[0,1],[2,3]],"counts":[-1,2,-1]}`:       {Counts: []int32{-1, 2, -1}},
		`{"steps":3,"counts":[4,-1,1],"errors":[0,1]}`:                 {Counts: []int32{4, 0, 1}, Errors: []int32{0, 0, 1}},
		`{"steps":4,"counts":[1,0,-2],"busy_seconds":[0,0.1]}`:         {Counts: []int32{1, 0, 0, 0}, BusySeconds: []float32{0, 0.1, 0, 0}},
		`{"steps":3,"counts":[-2,1],"measured":[[1,3]]}`:               {Counts: []int32{0, 0, 1}, Running: []float32{-1, 0, 0}},
		`{"steps":2,"counts":[0,-1],"measured":[[0,2]],"running":[2]}`: {Counts: []int32{0, 0}, Running: []float32{2, 0}},
	} {
		if got, err := json.Marshal(w.Sparse()); err != nil || string(got) != want {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
		if got := thereAndBack(t, w); !reflect.DeepEqual(got, w) {
			t.Errorf("%s: came back as %+v, want %+v", want, got, w)
		}
	}
}

// Lists that are zero or not measured throughout say the same as none, and are left out.
func TestListsThatSayNothingAreLeftOut(t *testing.T) {
	w := series.Window{Counts: []int32{0, 2}, Errors: []int32{0, 0}, BusySeconds: []float32{0, 0}, Running: []float32{-1, -1}}
	if got := thereAndBack(t, w); !reflect.DeepEqual(got, series.Window{Counts: []int32{0, 2}}) {
		t.Errorf("got %+v", got)
	}
}

// A sparse window from outside is refused with the field, the bound and the value, and before
// it takes the memory of its steps.
func TestTheBoundsOfASparseWindowAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		`{"steps":0,"counts":[]}`:                                        "sparse.steps must be between 1 and 1440, was: 0",
		`{"steps":1000000000,"counts":[-1000000000]}`:                    "sparse.steps must be between 1 and 1440, was: 1000000000",
		`{"steps":3,"counts":[-4]}`:                                      "sparse.counts[0] must not be beyond the last of 3 steps, was: -4, with 3 steps left",
		`{"steps":3,"counts":[-2147483648]}`:                             "sparse.counts[0] must not be beyond the last of 3 steps, was: -2147483648, with 3 steps left",
		`{"steps":3,"counts":[-3,1]}`:                                    "sparse.counts[1] must not be beyond the last of 3 steps, was: 1, with 0 steps left",
		`{"steps":3,"counts":[-2]}`:                                      "sparse.counts must cover all 3 steps, covered: 2",
		`{"steps":3,"counts":[-2,1],"errors":[1,1]}`:                     "sparse.errors must have a value for each of the 1 listed steps, had: 2",
		`{"steps":3,"counts":[-2,1],"busy_seconds":[1,1]}`:               "sparse.busy_seconds must have a value for each of the 1 listed steps, had: 2",
		`{"steps":3,"counts":[-2,1],"measured":[[0,3]],"running":[1,1]}`: "sparse.running must have a value for each of the 1 listed steps, had: 2",
		`{"steps":3,"counts":[-2,1],"running":[1]}`:                      "sparse.running[0] must be 0 in step 2, which measured does not name, was: 1",
		`{"steps":3,"counts":[-2,1],"measured":[[0,2]],"running":[1]}`:   "sparse.running[0] must be 0 in step 2, which measured does not name, was: 1",
		`{"steps":3,"counts":[-2,1],"unknown":[[0,4]]}`:                  "sparse.unknown[0] must be a range of steps within 0 to 3, was: [0,4]",
		`{"steps":3,"counts":[-2,1],"measured":[[2,1]]}`:                 "sparse.measured[0] must be a range of steps within 0 to 3, was: [2,1]",
		`{"steps":3,"counts":[-2,1],"unknown":[[2,3]]}`:                  "sparse.counts[1] must be 0 in step 2, which is unknown, was: 1",
	} {
		var s series.Sparse
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		w := series.Window{Counts: []int32{7}}
		if err := s.Dense(&w); !errors.Is(err, series.ErrWindow) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
		if !reflect.DeepEqual(w, series.Window{Counts: []int32{7}}) {
			t.Errorf("%s: the window was changed to %+v", text, w)
		}
	}
}

// FuzzSparse makes a window of any valid content from a seed, and reads it back.
func FuzzSparse(f *testing.F) {
	f.Add(uint64(1), uint16(1440), byte(255), byte(3))
	f.Add(uint64(2), uint16(1), byte(7), byte(200))
	f.Add(uint64(3), uint16(180), byte(0), byte(90))
	f.Fuzz(func(t *testing.T, seed uint64, steps uint16, lists, active byte) {
		w := randomWindow(rand.New(rand.NewPCG(seed, 0)), 1+int(steps)%series.MaxSteps, lists, active)
		if err := w.Validate(); err != nil {
			t.Fatal(err)
		}
		if got := thereAndBack(t, w); !reflect.DeepEqual(got, w) {
			t.Errorf("got %+v, want %+v", got, w)
		}
	})
}

// randomWindow returns a valid window. The bits of lists say what it has, active is how many of
// 256 steps have a value.
func randomWindow(rng *rand.Rand, steps int, lists, active byte) series.Window {
	w := series.Window{StepSeconds: 60, Counts: make([]int32, steps)}
	errors, busy, running := make([]int32, steps), make([]float32, steps), make([]float32, steps)
	some := func() bool { return rng.IntN(256) < int(active) }
	for i := range steps {
		running[i] = series.NotMeasured
		if some() {
			w.Counts[i] = int32(rng.Uint32() >> (1 + rng.IntN(31)))
		}
		if lists&1 != 0 && some() {
			w.Counts[i] = series.NoData
		}
		if lists&16 != 0 || some() {
			running[i] = 0
		}
		if some() {
			errors[i], busy[i], running[i] = rng.Int32(), rng.Float32()*float32(rng.Uint32()), rng.Float32()
		}
	}
	// The last step has a value of each list, so that none of them says nothing.
	errors[steps-1], busy[steps-1], running[steps-1] = 1, 0.1, 1.001
	if lists&2 != 0 {
		w.Errors = errors
	}
	if lists&4 != 0 {
		w.BusySeconds = busy
	}
	if lists&8 != 0 {
		w.Running = running
	}
	return w
}
