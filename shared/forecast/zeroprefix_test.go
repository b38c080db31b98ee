package forecast

import (
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// silentFor is a window that is not called in its first steps.
func silentFor(quiet, steps int, rng *rand.Rand) series.Window {
	w := series.Window{StepSeconds: 60, Start: 60 * int64(rng.IntN(500)), Counts: make([]int32, steps)}
	for i := quiet; i < steps; i++ {
		w.Counts[i] = []int32{0, 0, 3, series.NoData}[rng.IntN(4)]
	}
	return w
}

// readThrough is what the head says, and the state at each support, of a
// network that reads every slot of a window.
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

// Whether the network reads the silence before the first call or takes its
// state as known makes no difference, to the last bit: in a batch of windows
// that are silent for all, some and none of their steps, too short, unknown at
// first, or from another minute.
func TestSilenceIsReadOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	n := lstm.New[float32](NetworkShape(7), rng)
	p := newPredictor(&Model{Network: n}, "")
	s := newScratch(&Model{Network: n})
	windows := []series.Window{
		silentFor(90, 180, rng), silentFor(180, 180, rng), silentFor(0, 180, rng), silentFor(179, 180, rng), silentFor(152, 180, rng),
		silentFor(40, 60, rng), silentFor(60, 60, rng), silentFor(300, 400, rng), silentFor(100, 400, rng), silentFor(400, 400, rng),
	}
	unknown := silentFor(180, 180, rng)
	unknown.Counts[0] = series.NoData
	s.windows = append(append(s.windows, windows...), unknown)
	p.runNetwork(s)
	for row, w := range s.windows {
		out, at := readThrough(n, w)
		if !slices.Equal(s.outputs(row), out) {
			t.Errorf("window %d: the head says otherwise", row)
		}
		for k := range supports {
			from := (k*batch + s.sequenceOf[row]) * n.Hidden
			if got := s.adapter.states[from : from+n.Hidden]; !slices.Equal(got, at[k]) {
				t.Errorf("window %d: another state at support %d", row, k)
			}
		}
	}
	if joined := s.sequences[len(s.sequences)-1].zeros; joined != feature.Segments {
		t.Errorf("the window without calls has %d quiet slots, want %d", joined, feature.Segments)
	}
}

func TestQuietSlotsEndBeforeTheFirstCall(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		w := silentFor(rng.IntN(feature.Steps+1), feature.Steps, rng)
		first := slices.IndexFunc(w.Counts, func(c int32) bool { return c != 0 })
		if first < 0 {
			first = feature.Steps
		}
		slots := zeroSegments(w)
		if slots > 0 && feature.SegmentEnd(slots-1) > first {
			t.Errorf("first call at step %d: %d slots are quiet, up to step %d", first, slots, feature.SegmentEnd(slots-1))
		}
		if slots < feature.Segments && feature.SegmentEnd(slots) <= first {
			t.Errorf("first call at step %d: slot %d is quiet too", first, slots)
		}
	}
}
