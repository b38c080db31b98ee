package feature

// KaplanMeier estimates the distribution of gaps over many functions by the
// product limit:
//
//	S(g) = Π_{i<=g} (1 - ends(i)/at risk(i))
//
// The time from the last call of a history to its end is a censored gap: it is
// only known to be longer, so that it is at risk of ending for as long as it
// lasted. Every function has equal weight, however often it is called. The zero
// value is ready for Add.
//
// Source: Kaplan, Meier, "Nonparametric Estimation from Incomplete
// Observations", JASA 53, 1958.
type KaplanMeier struct {
	ends   [MaxGap + 2]float64 // gaps that end at each length, in functions
	leaves [MaxGap + 2]float64 // those, and the censored gaps of each length
}

// Add takes in the whole history of one function. A step without data breaks a
// gap. A function that is never called adds nothing.
func (k *KaplanMeier) Add(counts []int32) {
	last := -1
	var gaps []int
	for i, c := range counts {
		switch {
		case c < 0:
			last = -1
		case c > 0:
			if last >= 0 {
				gaps = append(gaps, min(i-last, MaxGap+1))
			}
			last = i
		}
	}
	censored := 0
	if last >= 0 {
		censored = min(len(counts)-1-last, MaxGap+1)
	}
	total := float64(len(gaps))
	if censored > 0 {
		total++
		k.leaves[censored] += 1 / total
	}
	for _, g := range gaps {
		k.leaves[g] += 1 / total
		k.ends[g] += 1 / total
	}
}

// Distribution returns the estimate. It is mixed with a uniform distribution of
// small weight, so that every gap keeps some probability; without any function
// all gaps are equally likely.
func (k *KaplanMeier) Distribution() (d GapDistribution) {
	const (
		weight = 0.05 // of the uniform distribution, in functions
		share  = weight / (MaxGap + 1)
	)
	atRisk := 0.0
	for _, n := range k.leaves {
		atRisk += n
	}
	left, uniform := 1.0, weight
	for g := 1; g <= MaxGap; g++ {
		hazard := (k.ends[g] + share) / (atRisk + uniform)
		d[g] = float32(left * hazard)
		left *= 1 - hazard
		atRisk = max(0, atRisk-k.leaves[g])
		uniform -= share
	}
	d[0] = float32(left)
	return d
}
