package forecast

import "testing"

func TestAFewNeedsTellTheQuantilesOfTheNext(t *testing.T) {
	for _, c := range []struct {
		why   string
		needs []int32 // the largest first
		q     float64
		want  int32
	}{
		{"none was seen", nil, 0.1, 0},
		{"one may be chance", []int32{50}, 0.1, 0},
		{"two that agree are enough", []int32{50, 50}, 0.05, 50},
		{"a small chance takes the larger one", []int32{58, 42}, 0.05, 58},
		{"the median of two may be exceeded", []int32{58, 42}, 0.5, 58},
		{"a call that is hardly likely takes the smaller one", []int32{58, 42}, 0.9, 42},
		{"the median of five", []int32{9, 8, 7, 6, 5}, 0.5, 7},
		{"a need that was seen once is not expected again", []int32{200, 1, 1}, 0.01, 1},
		{"a need that was seen twice is", []int32{200, 180, 1}, 0.01, 200},
	} {
		var f few
		for _, n := range c.needs {
			f.add(n, 1)
		}
		if got := f.quantile(c.q); got != c.want {
			t.Errorf("%s: %d replicas, want %d", c.why, got, c.want)
		}
	}
}

// Six calls of 25 s run in three steps of ten seconds. None begins in the second and third.
func TestCallsThatRunOnAreOneNeed(t *testing.T) {
	var f few
	f.add(5, 6)
	f.add(6, 0)
	f.add(4, 0)
	if f.n != 1 || f.needs[0] != 6 || f.quantile(0.05) != 0 {
		t.Errorf("one burst is %d needs, %v", f.n, f.needs[:f.n])
	}
	f.add(0, 0)
	f.add(3, 3)
	if f.n != 2 || f.needs[1] != 3 {
		t.Errorf("two bursts are %d needs, %v", f.n, f.needs[:f.n])
	}
}
