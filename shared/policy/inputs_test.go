package policy_test

import (
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

func TestInputsExplainTheDecision(t *testing.T) {
	f := expect(quiet(), 1, 0.5, 1, 2, 3, 4)
	d := policy.Decide(start, f, state(0), config())
	in := d.Inputs
	if in.CostRatio != 0.1 || in.LookaheadSteps != 1 || in.PActive < 0.499 || in.PActive > 0.501 || in.Max != 20 {
		t.Errorf("got %+v", in)
	}
	if in.PMore >= in.CostRatio+1e-9 {
		t.Errorf("the probability that more than %d are needed is %v, not below the ratio", d.Wanted, in.PMore)
	}
	if d.Direction(0) != "up" || d.Direction(9) != "down" || d.Direction(d.Wanted) != "hold" {
		t.Error("the direction does not follow from current and wanted")
	}
}

// FuzzDecide checks the invariants of a decision for any state and forecast.
func FuzzDecide(f *testing.F) {
	f.Add(0.5, uint8(1), uint8(0), int8(0), uint16(30), int8(0))
	f.Fuzz(func(t *testing.T, p float64, q, current uint8, inFlight int8, late uint16, recent int8) {
		if !(p >= 0 && p <= 1) || inFlight < -1 || recent < -1 {
			t.Skip()
		}
		fc := expect(quiet(), 1, event.Prob(p), 0, int32(q/2), int32(q/2), int32(q))
		fc.InFlight, fc.Recent = int(inFlight), []int32{int32(recent)}
		s := state(min(int(current), 20))
		d := policy.Decide(start.Add(time.Duration(late)*time.Second), fc, s, config())
		switch {
		case d.Wanted < 0 || d.Wanted > s.Max:
			t.Errorf("wanted %d outside 0..%d", d.Wanted, s.Max)
		case d.Reason == "":
			t.Error("a decision without a reason")
		case d.Wanted == 0 && s.Current > 0 && (inFlight != 0 || recent == -1):
			t.Errorf("scaled to zero with %d in flight and a recent need of %d", inFlight, recent)
		case d.Wanted != policy.Wanted(start.Add(time.Duration(late)*time.Second), fc, s, config()):
			t.Error("Wanted and Decide differ")
		case recent == -1 && d.Wanted != s.Current:
			t.Error("scaled although the last step is unknown")
		}
	})
}
