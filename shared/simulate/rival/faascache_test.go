package rival

import (
	"context"
	"slices"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// cacheWorkload makes one of functions named a, b, ... whose calls last d seconds.
func cacheWorkload(d float64, counts ...[]int32) *simulate.Workload {
	t := &trace.Trace{Minutes: len(counts[0])}
	for i, c := range counts {
		t.Functions = append(t.Functions, trace.Function{Name: string(rune('a' + i)), Duration: d, Counts: c})
	}
	return simulate.NewWorkload(t, 1)
}

// warmEach is a sink that keeps all decisions, by minute and function.
type warmEach [][]int32

func (w *warmEach) Minute(_ int, warm []int32) error {
	*w = append(*w, slices.Clone(warm))
	return nil
}

// cacheDecisions runs a policy.
func cacheDecisions(t *testing.T, w *simulate.Workload, p simulate.Policy) [][]int32 {
	t.Helper()
	var warm warmEach
	if err := simulate.Run(context.Background(), w, p, &warm); err != nil {
		t.Fatal(err)
	}
	return warm
}

// values returns a function that gives the values by index.
func values(v ...float64) func(int) float64 { return func(f int) float64 { return v[f] } }

// Priority = clock + frequency * cost / size by hand, in a memory of 4 MB.
func TestFaasCacheEvictsTheLeastPriority(t *testing.T) {
	w := cacheWorkload(0,
		[]int32{2, 0, 1, 0, 0}, // a, 1 MB, 1 s
		[]int32{1, 0, 0, 0, 0}, // b, 2 MB, 8 s
		[]int32{1, 0, 0, 1, 0}, // c, 1 MB, 3 s
		[]int32{0, 1, 0, 0, 0}, // d, 1 MB, 1 s
	)
	got := cacheDecisions(t, w, NewFaasCache(w, 0.8, values(1, 2, 1, 1), values(1, 8, 3, 1)))
	want := [][]int32{
		{0, 0, 0, 0}, // before the first minute
		{1, 1, 1, 0}, // memory is full: a 0 + 2*1/1 = 2, b 0 + 1*8/2 = 4, c 0 + 1*3/1 = 3
		{0, 1, 1, 1}, // a has made room for d: clock 2, d 2 + 1*1/1 = 3
		{1, 1, 0, 1}, // of c and d, both 3, the first makes room for a: clock 3, a forgot its calls: 3 + 1 = 4
		{1, 1, 1, 0}, // d, 3, makes room for c: 3 + 3 = 6
	}
	for m := range want {
		if !slices.Equal(got[m], want[m]) {
			t.Errorf("minute %d: warm are %v; want %v", m, got[m], want[m])
		}
	}
}

// Two functions fill the memory with a call each; the one called next takes the place of
// the one that is worth less by the rule of the paper.
func TestFaasCacheFavoursSmallCostlyAndFrequentFunctions(t *testing.T) {
	for _, c := range []struct {
		why          string
		calls        []int32 // of a and b in the first minute
		memory, cost func(int) float64
	}{
		{"a is smaller", []int32{1, 1}, values(1, 2, 1), values(1, 1, 1)},
		{"a starts more slowly", []int32{1, 1}, values(1, 1, 1), values(3, 1, 1)},
		{"a is called more often", []int32{3, 1}, values(1, 1, 1), values(1, 1, 1)},
	} {
		w := cacheWorkload(0, []int32{c.calls[0], 0, 0}, []int32{c.calls[1], 0, 0}, []int32{0, 1, 0})
		total := c.memory(0) + c.memory(1) + c.memory(2)
		p := NewFaasCache(w, (total-c.memory(2))/total, c.memory, c.cost)
		if got := cacheDecisions(t, w, p)[2]; !slices.Equal(got, []int32{1, 0, 1}) {
			t.Errorf("%s: warm are %v; want a and c", c.why, got)
		}
	}
}

// Nothing expires by itself: without pressure a replica stays, however long it is idle.
func TestFaasCacheKeepsAllThatFits(t *testing.T) {
	w := cacheWorkload(0, append([]int32{1}, make([]int32, 2000)...), append([]int32{0, 1}, make([]int32, 1999)...))
	got := cacheDecisions(t, w, NewFaasCache(w, 1, values(3, 5), values(1, 1)))
	if last := got[2000]; !slices.Equal(last, []int32{1, 1}) {
		t.Errorf("warm are %v after 2000 minutes; want one each", last)
	}
}

// Calls of long ago lose their worth: a had ten calls, but as b and c push each other out
// the clock rises by one each time, past the priority of a.
func TestFaasCacheAges(t *testing.T) {
	const minutes = 40
	a, b, c := make([]int32, minutes), make([]int32, minutes), make([]int32, minutes)
	a[0] = 10
	for m := range minutes {
		b[m], c[m] = int32(m%2), int32((m+1)%2)
	}
	w := cacheWorkload(0, a, b, c)
	got := cacheDecisions(t, w, NewFaasCache(w, 2.0/3, values(1, 1, 1), values(1, 1, 1)))
	if got[5][0] != 1 || got[minutes-1][0] != 0 {
		t.Errorf("a is warm %d at first, %d in the end; want 1, 0", got[5][0], got[minutes-1][0])
	}
}

// 180 busy seconds need three replicas, 120 two. Of the five at once memory holds 3.75, so
// two of a make room for b.
func TestFaasCacheKeepsSeveralReplicas(t *testing.T) {
	w := cacheWorkload(1, []int32{180, 60, 0, 0}, []int32{0, 0, 120, 0})
	got := cacheDecisions(t, w, NewFaasCache(w, 0.75, values(1, 1), values(1, 1)))
	want := [][]int32{{0, 0}, {3, 0}, {3, 0}, {1, 2}}
	for m := range want {
		if !slices.Equal(got[m], want[m]) {
			t.Errorf("minute %d: warm are %v; want %v", m, got[m], want[m])
		}
	}
}

// Every call is served, so the replicas of a minute may exceed the memory, those that stay
// warm may not. 300 busy seconds need five replicas, b one; three fit.
func TestFaasCacheFitsAfterTheMinute(t *testing.T) {
	w := cacheWorkload(1, []int32{300, 0}, []int32{1, 0})
	got := cacheDecisions(t, w, NewFaasCache(w, 0.5, values(1, 1), values(1, 5000)))
	if want := []int32{2, 1}; !slices.Equal(got[1], want) {
		t.Errorf("warm are %v; want %v", got[1], want)
	}
}

// A replica larger than the whole memory is never warm, and empties it.
func TestFaasCacheCannotHoldWhatIsTooLarge(t *testing.T) {
	w := cacheWorkload(0, []int32{1, 0, 0}, []int32{0, 1, 0})
	got := cacheDecisions(t, w, NewFaasCache(w, 0.5, values(1, 9), values(1, 1)))
	if !slices.Equal(got[1], []int32{1, 0}) || !slices.Equal(got[2], []int32{0, 0}) {
		t.Errorf("warm are %v, then %v; want a, then none", got[1], got[2])
	}
}

// One cost for all changes nothing.
func TestFaasCacheDecidesAlikeWithAnyCommonCost(t *testing.T) {
	w, memory := cacheRandom(1)
	cheap := cacheDecisions(t, w, NewFaasCache(w, 0.25, memory, func(int) float64 { return 0.25 }))
	dear := cacheDecisions(t, w, NewFaasCache(w, 0.25, memory, func(int) float64 { return 1024 }))
	for m := range cheap {
		if !slices.Equal(cheap[m], dear[m]) {
			t.Fatalf("minute %d: warm are %v at 0.25 s, %v at 1024 s", m, cheap[m], dear[m])
		}
	}
}

func TestFaasCacheRefusesValuesOutOfBounds(t *testing.T) {
	w := cacheWorkload(0, []int32{1})
	for _, v := range [][3]float64{{0, 1, 1}, {-1, 1, 1}, {1, 0, 1}, {1, 1, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("share %g, memory %g, start %g were accepted", v[0], v[1], v[2])
				}
			}()
			NewFaasCache(w, v[0], values(v[1]), values(v[2]))
		}()
	}
}
