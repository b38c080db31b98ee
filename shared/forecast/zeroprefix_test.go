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

// Three functions had no call in three hours, at two phases, and one of them was called
// before. What the first of a phase leaves behind is what the network predicts for the
// next, to the last bit; one with a step without data is not among them.
func TestASilentWindowIsAdaptedOncePerPhase(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	m := &Model{Network: lstm.New[float32](NetworkShape(7), rng), Adapt: Adaptation{Gain: 9, Ridge: 2}}
	read := func(p *Predictor, w series.Window) (out []float32, network [feature.Horizons]float32) {
		s := newScratch(m)
		s.windows = append(s.windows, w)
		p.runNetwork(s)
		p.readNetwork(s, 0)
		return slices.Clone(s.outputs(0)), s.network
	}
	silent := series.Window{StepSeconds: 60, Start: 7 * 60, Counts: make([]int32, feature.Steps)}
	called := series.Window{StepSeconds: 60, Start: 2 * 60, Counts: append([]int32{3, 0, 1, 0, 0}, silent.Counts...)}
	later := silent
	later.Start += 60
	unknown := silent
	unknown.Counts = slices.Clone(silent.Counts)
	unknown.Counts[170] = series.NoData
	kept := newPredictor(m, "")
	for i, w := range []series.Window{silent, called, silent, later, unknown, later} {
		out, network := read(kept, w)
		wantOut, wantNetwork := read(newPredictor(m, ""), w)
		if !slices.Equal(out, wantOut) || network != wantNetwork {
			t.Errorf("window %d: other outputs than of a predictor that has read no other window", i)
		}
	}
	if kept.prefixes[7].Load().silent.Load() == nil || kept.prefixes[8].Load().silent.Load() == nil {
		t.Error("no outputs are kept for the phases of silent windows")
	}
}
