package ledger

import (
	"math/rand/v2"
	"testing"

	"prewarm/shared/event"
)

// noLag is the lag of a store whose samples are all there when the step ends.
func noLag(int) int { return 0 }

// follow gives the ledger one decision a minute of function a.ns, with warm[i] replicas
// from minute i on. The needs are those of the minutes; lag returns how many minutes the
// store needs for one, a large number for never.
func follow(l *Ledger, needs, warm []int, lag func(minute int) int) {
	for now := range warm {
		in := event.Inputs{Max: 9, Started: -1}
		for minute := max(0, now-event.MaxSettled); minute < now; minute++ {
			need := int32(-1)
			if minute+1+lag(minute) <= now {
				need = int32(needs[minute])
			}
			in.Settled = append(in.Settled, need)
		}
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
			Function: "a.ns", Step: int64(6000 + 60*now), Mode: "active", Current: warm[now], Applied: -1, Observed: -1, Inputs: in,
		}}})
	}
}

func total(l *Ledger) Sums {
	all, _ := l.Sum(RangeSteps("week"))
	return all.Active
}

// Each decision finds its last step provisional, and the next one finds it settled. The
// savings are those of a store that does not lag, one minute later.
func TestAStoreThatLagsHasTheSameSavings(t *testing.T) {
	needs := []int{0, 1, 0, 0, 2, 0, 1, 1, 0, 0, 3, 0}
	warm := []int{0, 0, 0, 1, 1, 1, 0, 2, 0, 0, 1, 1, 0}
	prompt, late := New(60, 2, 9), New(60, 2, 9)
	follow(prompt, needs, warm, noLag)
	follow(late, append(needs, 0), append(warm, 0), func(int) int { return 1 })
	if got, want := total(late), total(prompt); got != want || want.Steps != 10 || want.Cold == 0 || want.ColdKeepAlive == 0 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Whatever the order in which steps settle: each is counted once, and none twice.
func TestTheOrderInWhichStepsSettleDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		n := 40
		needs, warm, lags := make([]int, n+event.MaxSettled), make([]int, n+event.MaxSettled), make([]int, n+event.MaxSettled)
		for i := range needs {
			needs[i], warm[i], lags[i] = max(0, r.IntN(8)-4), r.IntN(3), r.IntN(event.MaxSettled)
		}
		prompt, late := New(60, 3, 9), New(60, 3, 9)
		follow(prompt, needs, warm[:n+1], noLag)
		follow(late, needs, warm, func(minute int) int {
			if minute >= n {
				return 99 // only the first n minutes are compared
			}
			return lags[minute]
		})
		if got, want := total(late), total(prompt); got != want {
			t.Fatalf("lags %v: got %+v, want %+v", lags, got, want)
		}
	}
}

func TestAGapIsNotCountedUnlessItIsFilledInTime(t *testing.T) {
	needs, warm := make([]int, 20), make([]int, 20)
	needs[8] = 4 // cold starts in the gap of minutes 7 to 9
	gap := func(length int) func(int) int {
		return func(minute int) int {
			if minute >= 7 && minute <= 9 {
				return length
			}
			return 0
		}
	}
	for _, c := range []struct {
		story string
		lag   int
		want  Sums
	}{
		{"no gap", 0, Sums{Steps: 17, Skipped: 2, Need: 4, ColdKeepAlive: 4, Cold: 4, IdleKeepAlive: 8, Added: 0, Saved: 8}},
		{"filled within five steps", 4, Sums{Steps: 17, Skipped: 2, Need: 4, ColdKeepAlive: 4, Cold: 4, IdleKeepAlive: 8, Saved: 8}},
		{"filled too late: three steps are lost, and two for which keep-alive does not know them", 5, Sums{Steps: 12, Skipped: 7}},
		{"never filled", 99, Sums{Steps: 12, Skipped: 7}},
	} {
		l := New(60, 2, 9)
		follow(l, needs, warm, gap(c.lag))
		if got := total(l); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.story, got, c.want)
		}
	}
}

// A step settles with a need of 2. The store then gets a late sample, and later decisions
// state 3: the step stays counted as it was, once.
func TestASettledStepIsCountedOnce(t *testing.T) {
	l := New(60, 1, 9)
	for i, settled := range [][]int32{{0}, {0, 0}, {0, 0, 2}, {0, 0, 3, 0}, {0, 0, 3, 0, 0}} {
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
			Function: "a.ns", Step: int64(6000 + 60*i), Mode: "active", Applied: -1, Observed: -1, Inputs: event.Inputs{Settled: settled},
		}}})
	}
	if got := total(l); got.Need != 2 || got.Cold != 2 || got.Steps != 4 {
		t.Errorf("got %+v", got)
	}
}

// The scaler was down for two minutes. The needs of these minutes are known from the next
// decision, so that keep-alive goes on; without a decision they are not counted.
func TestMinutesWithoutADecisionAreNotCounted(t *testing.T) {
	l := New(60, 2, 9)
	for _, at := range []int{0, 1, 2, 5, 6} {
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
			Function: "a.ns", Step: int64(6000 + 60*at), Mode: "active", Applied: -1, Observed: -1, Inputs: event.Inputs{Settled: []int32{0, 0, 0, 0, 1}},
		}}})
	}
	// Minutes 0, 1 and 2 before the outage, and minute 5 after it.
	if got := total(l); got.Steps != 4 || got.Skipped != 0 || got.Cold != 3 {
		t.Errorf("got %+v", got)
	}
}

// FuzzLedger gives the ledger decisions at any steps and with any needs: a step with a
// decision is counted or given up once, and no other is.
func FuzzLedger(f *testing.F) {
	f.Add([]byte{1, 2, 1, 0, 3, 9, 1, 1, 40, 5}, int64(60))
	f.Add([]byte{1, 7, 1, 255, 1, 0, 250, 3}, int64(7))
	f.Fuzz(func(t *testing.T, moves []byte, begin int64) {
		l := New(60, 3, 2)
		step, decisions := begin, uint32(0)
		for i := 0; i+1 < len(moves) && i < 400; i += 2 {
			if moves[i] == 255 {
				step++ // the length of a step has changed
			}
			step += 60 * int64(moves[i]%40)
			in := event.Inputs{Started: int(moves[i+1]) - 1, Max: int(moves[i+1] % 4), MemoryBytes: int64(moves[i+1])}
			for j := range moves[i+1] % (event.MaxSettled + 1) {
				in.Settled = append(in.Settled, int32((moves[i+1]>>j)%4)-1)
			}
			one := event.Decision{Function: "a.ns", Step: step, Mode: "active", Current: int(moves[i] % 5), Applied: -1, Observed: -1, Inputs: in}
			l.AddDecisions(&event.Decisions{Decisions: []event.Decision{one, one}})
			decisions++
		}
		if got := total(l); got.Steps+got.Skipped > decisions || got.Cold > got.Need || got.Saved > got.IdleKeepAlive {
			t.Errorf("%d decisions: got %+v", decisions, got)
		}
	})
}
