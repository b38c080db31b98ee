package rival

import (
	"cmp"
	"math/bits"
	"slices"

	"prewarm/shared/simulate"
)

// Constants of correlation, from the public implementation but for the last one.
const (
	spesLags      = 10  // most minutes from the call of one function to that of the other
	spesFollows   = 0.7 // least share of the minutes with calls that follow those of the other (warm_th)
	spesFalse     = 0.3 // most share of the minutes without calls that do so as well (1 - warm_th)
	spesLinkWorse = 2   // common minutes fewer than those of the best link with which one is dropped (CORR_REMOVAL_TH)
	spesLinksMost = 10  // links of a function, the strongest. Our choice, which bounds the time of a decision
)

// spesLink says that calls of another function announce those of this one.
type spesLink struct {
	function int        // the other one
	lag      int        // minutes from its call to that of this one, at most
	share    float64    // of the minutes with calls that follow those of the other
	waits    []spesWait // predicted waiting times of the other
	last     int        // last minute with calls of the other, -1 before the first
	joint    int        // minutes with calls of both since the last categorisation
}

// announces reports whether the other function has been called, or is predicted to be, so
// that a call of this one is predicted within θ_prewarm of a minute.
func (l spesLink) announces(minute int) bool {
	if l.last < 0 {
		return false
	}
	elapsed := minute - l.last
	return elapsed <= l.lag+spesPreWarm ||
		slices.ContainsFunc(l.waits, func(w spesWait) bool { return w.due(float64(elapsed), float64(l.lag)) })
}

// spesDropWorse returns links without those that had fewer minutes in common with the
// function than the best one.
func spesDropWorse(links []spesLink) []spesLink {
	best := 0
	for _, l := range links {
		best = max(best, l.joint)
	}
	return slices.DeleteFunc(links, func(l spesLink) bool { return best-l.joint >= spesLinkWorse })
}

// spesGroups returns for each function the others of its owner or of its application, in
// their order.
func spesGroups(functions []simulate.Function) [][]int {
	owners, apps := map[string][]int{}, map[string][]int{}
	for f, d := range functions {
		owners[d.Owner] = append(owners[d.Owner], f)
		apps[d.App] = append(apps[d.App], f)
	}
	// Without a name nothing is known, so such functions have nothing in common.
	delete(owners, "")
	delete(apps, "")
	groups := make([][]int, len(functions))
	for f, d := range functions {
		group := slices.Concat(owners[d.Owner], apps[d.App])
		slices.Sort(group)
		groups[f] = slices.DeleteFunc(slices.Compact(group), func(g int) bool { return g == f })
	}
	return groups
}

// siblings returns the links of a function that was never called: to functions of its
// owner or application with the same trigger, whose call announces one a minute later.
func (p *SPES) siblings(f int) []spesLink {
	var links []spesLink
	for _, g := range p.groups[f] {
		if trigger := p.triggers[f]; trigger != "" && trigger == p.triggers[g] && len(links) < spesLinksMost {
			links = append(links, spesLink{function: g, lag: 1, last: -1})
		}
	}
	return links
}

// correlated returns the links of function f by its history since begin: to functions of
// its owner or application whose calls, 0 to 10 minutes earlier, go with most of its own
// and with few of its minutes without calls. The smallest such lag is taken, and of the
// functions those with the largest share.
func (p *SPES) correlated(f, begin, end int) []spesLink {
	first := begin / 64 // whole words: up to an hour more at the begin
	minutes := end - 64*first
	own := p.functions[f].active[first:]
	var links []spesLink
	for _, g := range p.groups[f] {
		other := &p.functions[g]
		for lag := range min(spesLags, minutes-1) + 1 {
			follows, falsely := spesLagged(other.active[first:], own, minutes, lag)
			if follows >= spesFollows && falsely <= spesFalse {
				link := spesLink{function: g, lag: lag, share: follows, last: -1}
				if k := other.kind; k == spesRegular || k == spesApproRegular || k == spesDense {
					link.waits = other.waits
				}
				links = append(links, link)
				break
			}
		}
	}
	slices.SortStableFunc(links, func(a, b spesLink) int { return cmp.Compare(b.share, a.share) })
	return links[:min(spesLinksMost, len(links))]
}

// spesLagged returns the share of the minutes with calls of one function at which another
// had calls lag minutes before, and the share of its other minutes of which the same is
// true. The first lag minutes do not count. Bit m%64 of word m/64 is set if minute m has
// calls; lag is less than 64 and than minutes. Without minutes of a kind the share is 0.
func spesLagged(other, own []uint64, minutes, lag int) (follows, falsely float64) {
	var called, before, joint int
	for w, o := range own[:(minutes+63)/64] {
		shifted := other[w] << lag
		if w > 0 {
			shifted |= other[w-1] >> (64 - lag) // 0 for lag 0
		} else {
			o = o >> lag << lag
		}
		if rest := minutes - 64*w; rest < 64 {
			shifted &= 1<<rest - 1
		}
		called += bits.OnesCount64(o)
		before += bits.OnesCount64(shifted)
		joint += bits.OnesCount64(shifted & o)
	}
	return spesShare(joint, called), spesShare(before-joint, minutes-lag-called)
}

// spesShare returns part / whole, or 0 without a whole.
func spesShare(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
