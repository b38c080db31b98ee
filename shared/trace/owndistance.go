package trace

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// longestStep bounds the minutes that a count covers: the calls of a longer time say
// little about its minutes.
const longestStep = 60

// distances describes the times between neighbouring rows of one function, over all
// functions. Rows of different functions may begin at different times.
type distances struct {
	divisor time.Duration // largest that divides all of them; 0 if there are none
	nearest time.Duration // the shortest
	usual   time.Duration // their median, the lower of two
}

// distances returns those of all rows. It sorts the times.
func (l *countLog) distances() (d distances) {
	number, all := map[int64]int{}, 0
	for _, f := range l.functions {
		slices.Sort(f.times)
		for i := 1; i < len(f.times); i++ {
			if apart := f.times[i] - f.times[i-1]; apart > 0 {
				number[apart]++
				all++
			}
		}
	}
	below := 0
	for i, seconds := range slices.Sorted(maps.Keys(number)) {
		apart := time.Duration(seconds) * time.Second
		d.divisor = gcd(d.divisor, apart)
		if i == 0 {
			d.nearest = apart
		}
		if below <= (all-1)/2 {
			d.usual = apart
		}
		below += number[seconds]
	}
	return d
}

// step returns the minutes that a count covers: Options.Step, or the largest step into
// which all distances fit. Without rows for times without calls, a long step may as well
// be the time between calls, and with them most rows of a function are one step apart.
// If the distances do not agree with that, the step must be given.
func (l *countLog) step(o Options) (int, error) {
	step, apart := o.Step, l.distances()
	if step == 0 && apart.divisor > 0 {
		step = apart.divisor
		unclear := step > time.Minute || step < time.Minute && apart.nearest >= 2*time.Minute
		if l.zeros {
			unclear = apart.usual > max(step, time.Minute)
		}
		if unclear {
			return 0, fmt.Errorf("most rows of a function are %v apart, the distances have the common step %v, and it is not clear what time a count covers: say with -step what it covers, such as 1m", apart.usual, step)
		}
	}
	switch {
	case step <= time.Minute:
		return 1, nil
	case step > longestStep*time.Minute || step%time.Minute != 0:
		return 0, fmt.Errorf("a count must cover at most a minute, or whole minutes up to %d, was: %v", longestStep, step)
	}
	o.summary.note("each count covers %v; its calls are spread evenly over the minutes", step)
	return int(step / time.Minute), nil
}

// gcd returns the largest number that divides both, 0 for two zeros.
func gcd(a, b time.Duration) time.Duration {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}
