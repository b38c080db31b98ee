package replicafit

import (
	"math/rand/v2"
	"slices"

	"prewarm/shared/loadtest"
)

// Folds assigns each sample to one of k folds, all samples of a load to the same
// one: loads in blocks of neighbours or, if random is set, shuffled by rng.
//
// Runs of one load differ in the number of replicas only. If they were in different
// folds, a model would have seen the load that it is tested on.
func Folds(samples []loadtest.Sample, k int, random bool, rng *rand.Rand) []int {
	number := map[int]int{} // of a load, in the order of the samples
	for _, s := range samples {
		if _, ok := number[s.Load]; !ok {
			number[s.Load] = len(number)
		}
	}
	fold := make([]int, len(number))
	for i := range fold {
		// Blocks of equal size, up to one load.
		fold[i] = i * k / len(fold)
	}
	if random {
		rng.Shuffle(len(fold), func(i, j int) { fold[i], fold[j] = fold[j], fold[i] })
	}
	folds := make([]int, len(samples))
	for i, s := range samples {
		folds[i] = fold[number[s.Load]]
	}
	return folds
}

// split returns the samples outside of a fold, and those in it.
func split(samples []loadtest.Sample, folds []int, fold int) (rest, held []loadtest.Sample) {
	for i, s := range samples {
		if folds[i] == fold {
			held = append(held, s)
		} else {
			rest = append(rest, s)
		}
	}
	return rest, held
}

// inFolds returns the samples in the order of their folds.
func inFolds(samples []loadtest.Sample, folds []int) []loadtest.Sample {
	var all []loadtest.Sample
	for fold := range slices.Max(folds) + 1 {
		_, held := split(samples, folds, fold)
		all = append(all, held...)
	}
	return all
}
