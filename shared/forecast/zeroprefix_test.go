package forecast

import (
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// startingAt returns a window whose first zeros steps have no calls.
func startingAt(zeros, steps int, rng *rand.Rand) series.Window {
	w := series.Window{StepSeconds: 60, Start: 60 * int64(rng.IntN(500)), Counts: make([]int32, steps)}
	for i := zeros; i < steps; i++ {
		w.Counts[i] = []int32{0, 0, 3, series.NoData}[rng.IntN(4)]
	}
	return w
}

// readThrough returns the outputs of the head, and the state at each support, of a
// network that reads every segment of a window.
func readThrough(n *lstm.Network[float32], w series.Window) (out []float32, at [supports][]float32) {
	x := feature.Encode(make([]float32, feature.Segments*feature.Inputs), w.Counts, feature.Phase(w.Start, w.StepSeconds))
	ws := lstm.NewWorkspace[float32](n.Shape, 1)
	ws.Start(1)
	for slot := range feature.Segments {
		n.Step(ws, x[slot*feature.Inputs:(slot+1)*feature.Inputs])
		for s := range supports {
			if supportSegment(s) == slot {
				h, _ := ws.State(0)
				at[s] = slices.Clone(h)
			}
		}
	}
	return n.Head(make([]float32, Outputs), ws), at
}

// A network that starts from the state of its zero prefix has the same outputs, to the
// last bit, as one that reads the prefix: in a batch of windows without calls in all,
// some and none of their first steps, too short, unknown at first, or from another
// minute.
func TestAZeroPrefixEqualsReadingIt(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	n := lstm.New[float32](NetworkShape(7), rng)
	p := newPredictor(&Model{Network: n}, "")
	s := newScratch(&Model{Network: n})
	windows := []series.Window{
		startingAt(90, 180, rng), startingAt(180, 180, rng), startingAt(0, 180, rng), startingAt(179, 180, rng), startingAt(152, 180, rng),
		startingAt(40, 60, rng), startingAt(60, 60, rng), startingAt(300, 400, rng), startingAt(100, 400, rng), startingAt(400, 400, rng),
	}
	unknown := startingAt(180, 180, rng)
	unknown.Counts[0] = series.NoData
	s.windows = append(append(s.windows, windows...), unknown)
	p.runNetwork(s)
	for row, w := range s.windows {
		out, at := readThrough(n, w)
		if !slices.Equal(s.outputs(row), out) {
			t.Errorf("window %d: the head has other outputs", row)
		}
		for k := range supports {
			from := (k*batch + s.sequenceOf[row]) * n.Hidden
			if got := s.adapter.states[from : from+n.Hidden]; !slices.Equal(got, at[k]) {
				t.Errorf("window %d: another state at support %d", row, k)
			}
		}
	}
	if joined := s.sequences[len(s.sequences)-1].zeros; joined != feature.Segments {
		t.Errorf("the window without calls has %d zero segments, want %d", joined, feature.Segments)
	}
}

func TestZeroSegmentsEndBeforeTheFirstCall(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		w := startingAt(rng.IntN(feature.Steps+1), feature.Steps, rng)
		first := slices.IndexFunc(w.Counts, func(c int32) bool { return c != 0 })
		if first < 0 {
			first = feature.Steps
		}
		zeros := zeroSegments(w)
		if zeros > 0 && feature.SegmentEnd(zeros-1) > first {
			t.Errorf("first call at step %d: %d zero segments, up to step %d", first, zeros, feature.SegmentEnd(zeros-1))
		}
		if zeros < feature.Segments && feature.SegmentEnd(zeros) <= first {
			t.Errorf("first call at step %d: segment %d has zeros only too", first, zeros)
		}
	}
}
