package schedule

import (
	"reflect"
	"slices"
	"testing"
)

func TestTheSameSeedIsTheSameSchedule(t *testing.T) {
	one, two, other := Draw(1, 50, VirtualCells()), Draw(1, 50, VirtualCells()), Draw(2, 50, VirtualCells())
	if !reflect.DeepEqual(one, two) || reflect.DeepEqual(one, other) {
		t.Error("want the same rounds from the same seed, and others from another one")
	}
}

// TestEachCellComesBeforeOneComesAgain also checks that the faults are within their bounds,
// and that some overlap.
func TestEachCellComesBeforeOneComesAgain(t *testing.T) {
	all := VirtualCells()
	seen, overlapping := map[Cell]int{}, 0
	for _, round := range Draw(3, 2*len(all), all) {
		overlapping += len(round) - 1
		for _, f := range round {
			seen[f.Cell]++
			if f.Begin < 0 || f.Begin > maxBegin || f.Length < minLength || f.Length > maxLength || f.Size < -1 || f.Size > 1 || f.End() > round.End() {
				t.Errorf("%v is out of bounds", f)
			}
		}
	}
	for _, c := range all {
		if seen[c] != 2 {
			t.Errorf("%s of %s came %d times, want 2", c.Kind, c.Target(), seen[c])
		}
	}
	if overlapping == 0 {
		t.Error("no faults overlap")
	}
}

func TestKindsAndPartsAreKept(t *testing.T) {
	got := Only(VirtualCells(), []Kind{Kill, Error}, []Part{Store})
	want := []Cell{{Level: Virtual, Kind: Kill, Part: Store}, {Level: Virtual, Kind: Error, Part: Collector, To: Store}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if Draw(1, 5, Only(VirtualCells(), []Kind{"none"}, nil)) != nil {
		t.Error("want no rounds without cells")
	}
}
