package trace_test

import (
	"slices"
	"testing"

	"prewarm/shared/trace"
)

// A trace by the second begins in minute 2. Its seconds are kept if that is asked for, and
// are cut with the minutes.
func TestSecondsAreKept(t *testing.T) {
	files := dir("requests_second/day_000.csv", "day,time,a,b\n0,121,1,2\n0,179,2,\n0,180,,\n0,181,4,\n")
	got, err := trace.Read(files, trace.Options{Seconds: true})
	if err != nil {
		t.Fatal(err)
	}
	a, b := got.Functions[0], got.Functions[1]
	wantCounts(t, a, "a", 3, 4)
	if want := []trace.SecondCalls{{Second: 1, Calls: 1}, {Second: 59, Calls: 2}, {Second: 61, Calls: 4}}; !slices.Equal(a.Seconds, want) {
		t.Errorf("a has the seconds %v, want %v", a.Seconds, want)
	}
	if want := []trace.SecondCalls{{Second: 1, Calls: 2}}; !slices.Equal(b.Seconds, want) {
		t.Errorf("b has the seconds %v, want %v", b.Seconds, want)
	}
	if cut := got.Until(1).Functions[0].Seconds; len(cut) != 2 || cap(cut) != 2 {
		t.Errorf("the first minute has the seconds %v", cut)
	}
	if plain := read(t, files); plain.Functions[0].Seconds != nil {
		t.Errorf("seconds that nobody asked for: %v", plain.Functions[0].Seconds)
	}
	minutes, err := trace.Read(dir("requests_minute/day_000.csv", "day,time,a\n0,60,1\n"), trace.Options{Seconds: true})
	if err != nil || minutes.Functions[0].Seconds != nil {
		t.Errorf("a trace by the minute has seconds: %v, %v", minutes, err)
	}
}
