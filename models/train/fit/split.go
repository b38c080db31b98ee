package fit

import (
	"fmt"
	"hash/fnv"
)

// Group is the use that a function is put to. It depends on the owner's name
// alone, so that all functions of one owner are in one group, and a function
// is in the same group in every trace, program and run.
type Group int

// FoldA and FoldB train the parts: what follows the LSTM is trained on each fold
// with an LSTM that has seen the other one only. Calibration is for what is fitted
// to the parts together. TestGroup is never trained on.
const (
	FoldA Group = iota
	FoldB
	Calibration
	TestGroup
)

// TrainGroups returns the groups that are trained on.
func TrainGroups() [3]Group { return [3]Group{FoldA, FoldB, Calibration} }

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
	// hash.Hash never returns an error.
	h.Write([]byte(owner))
	return mix(h.Sum64())
}

// mix spreads the bits of x: FNV gives similar names similar hashes.
// Source: the finaliser of SplitMix64, Steele, Lea, Flood, "Fast Splittable
// Pseudorandom Number Generators", OOPSLA 2014.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Fold returns the split of fold k, 0 to folds-1, of a cross-validation: an equal
// part of the owners is the test group, each owner in one fold. Of the rest, one
// in eight owners is for calibration and the others are in two halves, as in
// GroupOf. Fold panics if there are fewer than two folds or no fold k.
func Fold(k, folds int) func(owner string) Group {
	if folds < 2 || k < 0 || k >= folds {
		panic(fmt.Sprintf("fit: no fold %d of %d", k, folds))
	}
	return func(owner string) Group {
		// The remainder chooses the fold and the quotient the group within the rest,
		// so that the two choices are independent.
		if FoldOf(owner, folds) == k {
			return TestGroup
		}
		return trainGroup(hashOf(owner) / uint64(folds))
	}
}

// FoldOf returns the fold, 0 to folds-1, in which an owner is the test group of Fold.
func FoldOf(owner string, folds int) int { return int(hashOf(owner) % uint64(folds)) }

// NoTestGroup is the split without a test group, for models that are tested on
// other data.
func NoTestGroup(owner string) Group { return trainGroup(hashOf(owner)) }

// trainGroup returns the group of an owner that is trained on.
func trainGroup(hash uint64) Group {
	// The shares of GroupOf without its 20 % of test: 10, 35 and 35 of 80.
	switch share := hash % 80; {
	case share < 10:
		return Calibration
	case share < 45:
		return FoldA
	}
	return FoldB
}

// Groups are the tasks of each group.
type Groups [TestGroup + 1][]Task

// Split sorts tasks into groups by their owners. groupOf may be nil and is GroupOf
// then. An error names the group that is to be trained on but empty.
func Split(tasks []Task, groupOf func(owner string) Group) (groups Groups, err error) {
	groupOf = orDefault(groupOf)
	for _, t := range tasks {
		g := groupOf(t.Owner)
		groups[g] = append(groups[g], t)
	}
	for _, g := range TrainGroups() {
		if len(groups[g]) == 0 {
			return groups, fmt.Errorf("fit: group %d must have at least one of the %d functions", g, len(tasks))
		}
	}
	return groups, nil
}

// orDefault returns groupOf, or GroupOf if it is nil.
func orDefault(groupOf func(owner string) Group) func(owner string) Group {
	if groupOf == nil {
		return GroupOf
	}
	return groupOf
}

// checkLengths returns an error if a task is too short for one example.
func checkLengths(tasks []Task) error {
	for _, t := range tasks {
		if len(t.Counts) < span {
			return fmt.Errorf("fit: function %q must have at least %d steps, had: %d", t.Name, span, len(t.Counts))
		}
	}
	return nil
}
