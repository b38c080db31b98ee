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
