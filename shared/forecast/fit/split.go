package fit

import (
	"fmt"
	"hash/fnv"
)

// Group is the use that a function is put to. It depends on the owner's name
// alone, so that all functions of one owner are in one group, and a function
// is in the same group in every trace, program and run.
type Group int

// The groups. TestGroup is never trained on.
const (
	FoldA Group = iota
	FoldB
	Calibration
	TestGroup
)

// GroupOf returns the group of an owner: 20 % test, 10 % calibration, and the
// rest in two folds.
func GroupOf(owner string) Group {
	switch share := hashOf(owner) % 100; {
	case share < 20:
		return TestGroup
	case share < 30:
		return Calibration
	case share < 65:
		return FoldA
	}
	return FoldB
}

// hashOf returns a number that is spread evenly over owners.
func hashOf(owner string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(owner))
	return mix(h.Sum64())
}

// mix spreads the bits of x, as FNV leaves similar names with similar hashes.
// Source: the finaliser of SplitMix64, Steele, Lea, Flood, OOPSLA 2014.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Fold returns the split of fold k of 0 to folds-1: an equal part of the owners
// is the test group, each owner in one fold. Of the rest, one in eight owners is
// for calibration and the others are in two halves, as in GroupOf. Fold panics if
// there are fewer than two folds or no fold k.
func Fold(k, folds int) func(owner string) Group {
	if folds < 2 || k < 0 || k >= folds {
		panic(fmt.Sprintf("fit: no fold %d of %d", k, folds))
	}
	return func(owner string) Group {
		spread := hashOf(owner)
		if int(spread%uint64(folds)) == k {
			return TestGroup
		}
		return usedAs(spread / uint64(folds))
	}
}

// NoTestGroup is the split without a test group, for models that are tested on other
// data.
func NoTestGroup(owner string) Group { return usedAs(hashOf(owner)) }

// usedAs returns the group of an owner that is not tested.
func usedAs(spread uint64) Group {
	switch share := spread % 80; {
	case share < 10:
		return Calibration
	case share < 45:
		return FoldA
	}
	return FoldB
}

// group returns the group of an owner.
func (o Options) group(owner string) Group {
	if o.Split != nil {
		return o.Split(owner)
	}
	return GroupOf(owner)
}

// split sorts tasks into groups.
func (o Options) split(tasks []Task) (groups [4][]Task) {
	for _, t := range tasks {
		g := o.group(t.Owner)
		groups[g] = append(groups[g], t)
	}
	return groups
}

func checkTasks(tasks []Task, groups [4][]Task) error {
	for _, g := range []Group{FoldA, FoldB, Calibration} {
		if len(groups[g]) == 0 {
			return fmt.Errorf("fit: group %d must have at least one of the %d functions", g, len(tasks))
		}
	}
	for _, t := range tasks {
		if len(t.Counts) < span {
			return fmt.Errorf("fit: function %q must have at least %d steps, had: %d", t.Name, span, len(t.Counts))
		}
	}
	return nil
}
