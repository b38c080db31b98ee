package rival

import (
	"slices"
	"testing"
)

// spesOf returns a function with the counts, categorised at their end.
func spesOf(counts []int32) *spesFunction {
	s := &spesFunction{last: -1, level: 1}
	for m, c := range counts {
		s.observe(m, min(c, 1), c)
	}
	s.categorise(0, len(counts))
	return s
}

// spesBursts returns counts with bursts of a length and calls a minute, with waiting times
// between them that never repeat.
func spesBursts(length, burst int, calls int32) []int32 {
	counts := make([]int32, length)
	for m, wait := 20, 40; m+burst < length; m, wait = m+burst+wait, wait+7 {
		for i := range burst {
			counts[m+i] = calls
		}
	}
	return counts
}

// without returns counts with no call in some minutes.
func without(counts []int32, minutes ...int) []int32 {
	for _, m := range minutes {
		counts[m] = 0
	}
	return counts
}

// The rules of the paper, each on both sides of its threshold.
func TestSPESCategories(t *testing.T) {
	each := func() []int32 { return spesCalls(2400, spesPeriod(0, 1, 2400)...) }
	for _, c := range []struct {
		why    string
		counts []int32
		kind   spesKind
		waits  []spesWait
	}{
		{"called in each minute", each(), spesWarm, nil},
		{"2 of 2400 minutes without calls, less than a thousandth", without(each(), 500, 900), spesWarm, nil},
		{"3 of 2400 minutes without calls, each alone", without(each(), 500, 900, 1300), spesRegular, []spesWait{{1, 1}}},
		{"waiting times of 29 minutes", spesCalls(720, spesPeriod(5, 30, 720)...), spesRegular, []spesWait{{29, 29}}},
		{"two waiting times alike", spesCalls(720, 5, 35, 65), spesRegular, []spesWait{{29, 29}}},
		{"one waiting time", spesCalls(720, 5, 35), spesUnknown, nil},
		{"one waiting time in 13 shorter", spesCalls(1440, spesAfter(1440, slices.Concat(slices.Repeat([]int{20}, 12), []int{7})...)...), spesApproRegular, []spesWait{{20, 20}}},
		{"one waiting time in 9 shorter", spesCalls(1440, spesAfter(1440, slices.Concat(slices.Repeat([]int{20}, 8), []int{7})...)...), spesApproRegular, []spesWait{{20, 20}, {7, 7}}},
		{"CV of 0.0082", spesCalls(1440, spesAfter(1216, 99, 101, 100, 100, 101, 99)...), spesRegular, []spesWait{{99.1835, 100.8165}}},
		{"CV of 0.016", spesCalls(1440, spesAfter(1440, 49, 51, 50)...), spesApproRegular, []spesWait{{49, 49}, {50, 50}, {51, 51}}},
		{"three waiting times", spesCalls(1440, spesAfter(1440, 5, 20, 40)...), spesApproRegular, []spesWait{{5, 5}, {20, 20}, {40, 40}}},
		{"four waiting times, three of them 3 in 4", spesCalls(1440, spesAfter(1440, 5, 20, 40, 60)...), spesUnknown, nil},
		{"P90 of 4 minutes", spesCalls(1440, spesAfter(1440, 1, 2, 3, 4)...), spesDense, []spesWait{{1, 4}}},
		{"P90 of 5 minutes", spesCalls(1440, spesAfter(1440, 2, 3, 4, 5)...), spesUnknown, nil},
		{"dense but for some long waiting times that repeat", spesCalls(1440, spesAfter(1440, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 30)...), spesDense, []spesWait{{1, 10}}},
		{"bursts of 10 minutes", spesBursts(1440, 10, 1), spesSuccessive, nil},
		{"bursts of 9 minutes", spesBursts(1440, 9, 1), spesUnknown, nil},
		{"bursts of 11 calls", spesBursts(1440, 1, 11), spesSuccessive, nil},
		{"bursts of 10 calls", spesBursts(1440, 1, 10), spesUnknown, nil},
		{"never called", spesCalls(1440), spesUnknown, nil},
	} {
		s := spesOf(c.counts)
		if s.kind != c.kind || !slices.EqualFunc(s.waits, c.waits, spesNear) {
			t.Errorf("%s: kind %d, waiting times %v; want %d, %v", c.why, s.kind, s.waits, c.kind, c.waits)
		}
	}
}

// spesNear compares to a hundredth of a minute.
func spesNear(a, b spesWait) bool {
	return max(a.shortest-b.shortest, b.shortest-a.shortest, a.longest-b.longest, b.longest-a.longest) < 0.01
}

// A function without a pattern that becomes regular is regular once the time before is
// forgotten, half of the history at most.
func TestSPESForgetsUpToHalfOfTheHistory(t *testing.T) {
	odd := []int{3, 4, 19, 41, 90, 131, 150, 222, 240, 301, 355, 423, 460, 503, 505, 509, 516, 527, 541, 560, 584}
	for _, c := range []struct {
		from int
		want spesKind
	}{{600, spesRegular}, {800, spesUnknown}} {
		calls := slices.DeleteFunc(slices.Concat(odd, []int{640, 655, 690, 707, 741, 775}), func(m int) bool { return m >= c.from })
		if got := spesOf(spesCalls(1200, append(calls, spesPeriod(c.from, 40, 1200)...)...)).kind; got != c.want {
			t.Errorf("regular from minute %d of 1200: kind %d; want %d", c.from, got, c.want)
		}
	}
}

// A daily function with a call at an odd time on one of 12 days: the two parts of that day
// are joined, as they are together no longer than a day.
func TestSPESMergesFragmentsOfLongWaitingTimes(t *testing.T) {
	daily := spesPeriod(100, 1440, 12*1440)
	if s := spesOf(spesCalls(12*1440, append(daily, 4*1440+300)...)); s.kind != spesRegular {
		t.Errorf("kind is %d; want regular", s.kind)
	}
	waits := []float64{900, 900, 200, 690, 900, 900, 650, 210}
	if got, want := spesMerge(waits, spesModesOf(waits)), []float64{900, 900, 890, 900, 900, 860}; !slices.Equal(got, want) {
		t.Errorf("merged are %v; want %v", got, want)
	}
	for why, waits := range map[string][]float64{
		"the commonest is short":                {400, 400, 400, 90, 300},
		"more than 3 in 10 are fragments":       {900, 900, 200, 690, 200, 690},
		"many different ones beside a rare one": {900, 900, 600, 610, 620, 630, 640, 200},
	} {
		if got := spesMerge(waits, spesModesOf(waits)); !slices.Equal(got, waits) {
			t.Errorf("%s: merged are %v; want %v", why, got, waits)
		}
	}
}

// θ_givenup of each kind.
func TestSPESGivesUp(t *testing.T) {
	for kind, want := range map[spesKind]int{
		spesUnknown: 1, spesRegular: 1, spesApproRegular: 1, spesDense: 5, spesSuccessive: 1,
		spesPulsed: 3, spesPossible: 1, spesCorrelated: 1, spesNewlyPossible: 1,
	} {
		s := &spesFunction{kind: kind, loaded: true, last: 10, waits: []spesWait{{100, 100}}}
		minute := 10
		for s.loaded {
			minute++
			s.decide(minute)
		}
		if minute-10 != want {
			t.Errorf("kind %d is given up %d minutes after its call; want %d", kind, minute-10, want)
		}
	}
}

// Repeated waiting times within 10 minutes are a range, others stand for themselves, and
// of many only the five commonest count.
func TestSPESPredictsFromRepeatedWaitingTimes(t *testing.T) {
	for _, c := range []struct {
		waits []float64
		want  []spesWait
	}{
		{[]float64{7, 9, 12}, nil},
		{[]float64{7, 7, 17, 17, 90}, []spesWait{{7, 17}}},
		{[]float64{7, 7, 18, 18, 90}, []spesWait{{7, 7}, {18, 18}}},
		{[]float64{1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6}, []spesWait{{1, 6}}},
		{[]float64{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6}, []spesWait{{1, 5}}},
	} {
		if got := spesRanges(spesRepeatedOf(spesModesOf(c.waits))); !slices.Equal(got, c.want) {
			t.Errorf("%v predict %v; want %v", c.waits, got, c.want)
		}
	}
}

// Five waiting times since the last categorisation move a prediction.
func TestSPESAdaptsPredictions(t *testing.T) {
	for _, c := range []struct {
		why    string
		s      spesFunction
		recent []float64
		want   []spesWait
	}{
		{"half of the way to the median", spesFunction{kind: spesRegular, waits: []spesWait{{9, 11}}, spread: 1}, []float64{14, 14, 14, 15, 13}, []spesWait{{11, 13}}},
		{"not within the spread", spesFunction{kind: spesRegular, waits: []spesWait{{8, 12}}, spread: 4}, []float64{14, 14, 14, 15, 13}, []spesWait{{8, 12}}},
		{"not by four", spesFunction{kind: spesRegular, waits: []spesWait{{10, 10}}}, []float64{14, 14, 14, 14}, []spesWait{{10, 10}}},
		{"to the extremes of a dense one", spesFunction{kind: spesDense, waits: []spesWait{{1, 2}}}, []float64{4, 5, 4, 3, 3}, []spesWait{{3, 5}}},
		{"not beyond its bound, nor by a minute", spesFunction{kind: spesDense, waits: []spesWait{{1, 2}}}, []float64{2, 6, 4, 3, 3}, []spesWait{{1, 2}}},
		{"a commoner waiting time takes the place of a rarer one", spesFunction{kind: spesPossible, modes: []spesMode{{30, 4}, {60, 2}}}, []float64{90, 90, 90, 1, 2}, []spesWait{{30, 30}, {90, 90}}},
		{"one as common stands beside it", spesFunction{kind: spesPossible, modes: []spesMode{{30, 4}, {60, 2}}}, []float64{90, 90, 5, 1, 2}, []spesWait{{30, 30}, {90, 90}, {60, 60}}},
		{"an unknown one becomes newly possible", spesFunction{}, []float64{30, 90, 90, 1, 2}, []spesWait{{90, 90}}},
	} {
		for _, w := range c.recent {
			c.s.adapt(w)
		}
		if !slices.Equal(c.s.waits, c.want) {
			t.Errorf("%s: waiting times %v; want %v", c.why, c.s.waits, c.want)
		}
	}
}
