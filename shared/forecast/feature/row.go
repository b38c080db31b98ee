package feature

import "math"

// Columns is the number of columns of the refiner's row. The first GapColumns
// describe gaps, rates and clock, the others contexts and paces.
const (
	GapColumns = 36
	Columns    = slopeColumn + 2*len(paceSpans)
)

// The first columns of the groups that describe contexts and paces.
const (
	contextColumn = GapColumns
	owedColumn    = contextColumn + contexts
	lengthColumn  = owedColumn + len(paceSpans)
	slopeColumn   = lengthColumn + longestFound
)

// maxDistance bounds the distance to a multiple of the period, in steps.
const maxDistance = 15

// maxPeriods bounds the number of periods since the last call.
const maxPeriods = 10

// ColumnNames returns what each column of a row holds. A beat is a multiple of
// the period since the last call; "gap" without more is the present gap at the
// row's horizon.
func ColumnNames() [Columns]string {
	return [Columns]string{
		0: "network logit", "network mean", "renewal", "hazard", "age",
		5: "last gap", "mean gap", "gap variation", "gaps", "period",
		10: "regularity", "steps to beat", "periods since call", "lag score", "folded by lag",
		15: "folded by clock", "active of 5", "active of 15", "active of 60", "active of 180",
		20: "log mean count", "horizon", "clock", "known steps", "active of all",
		25: "gap", "gaps that end", "gaps as long", "hazard after the last gap", "roundness of the gap",
		30: "gap before the last", "recent regularity", "folded by clock over 180", "last count", "active steps",
		35:            "shortest of the last gaps",
		contextColumn: "after the last 4", "after the last 8", "after the last 16",
		"after the longest context", "after the longest seen twice", "after the longest seen 4 times",
		owedColumn: "owed by the pace of 30", "owed by the pace of 180", "owed by the pace of all",
		lengthColumn: "longest context", "longest seen twice", "longest seen 4 times",
		slopeColumn: "pace of 30", "scatter of 30", "pace of 180", "scatter of 180", "pace of all", "scatter of all",
	}
}

// Rows writes one row per horizon to dst, which takes len(renewal)×Columns, and
// returns it. p holds the network's probability of a call at all Horizons,
// renewal what Renewal wrote for the first of them. h.Read must have been called.
func (h *History) Rows(dst []float32, p []float32, renewal []float32) []float32 {
	dst = dst[:len(renewal)*Columns]
	shared := h.sharedColumns()
	for _, v := range p {
		shared[1] += v / Horizons
	}
	for t := 1; t <= len(renewal); t++ {
		row := dst[(t-1)*Columns : t*Columns]
		copy(row, shared[:])
		row[0], row[2] = Logit(p[t-1]), renewal[t-1]
		h.gapColumns(row, t)
		h.contextShares(row[contextColumn:owedColumn], t)
		for k := range h.paces {
			row[owedColumn+k] = float32(h.paces[k].owed(t))
		}
	}
	return dst
}

// GapRow writes the first GapColumns of the row of horizon t to dst, and returns
// it. The first three columns, about the network and the renewal, are 0.
// h.ReadGaps must have been called, or h.Read.
func (h *History) GapRow(dst []float32, t int) []float32 {
	shared := h.sharedColumns()
	dst = dst[:copy(dst, shared[:GapColumns])]
	h.gapColumns(dst, t)
	return dst
}

// gapColumns writes those of the gap columns to row that differ from horizon to
// horizon, but those about the network and the renewal.
func (h *History) gapColumns(row []float32, t int) {
	distance, periods := h.due(t)
	ends, longer := h.counted(t)
	hazard := h.hazard(t)
	row[3], row[28] = float32(hazard), float32(h.hazardAfter(t, hazard))
	row[11] = float32(min(max(distance, -maxDistance), maxDistance))
	row[12] = float32(min(periods, maxPeriods))
	row[14] = float32(h.fold(h.lag, t, Steps))
	row[15], row[32] = float32(h.fold(PhaseSteps, t, MaxHistory)), float32(h.fold(PhaseSteps, t, Steps))
	row[21], row[22] = float32(t), float32((h.phase+t-1)%PhaseSteps)
	row[25], row[29] = float32(h.Age()+t), float32(roundness(h.Age()+t))
	row[26], row[27] = float32(ends), float32(longer)
}

// sharedColumns returns a row with those columns set that are the same for every
// horizon and do not need the network.
func (h *History) sharedColumns() (row [Columns]float32) {
	mean, variation := h.Moments(0)
	row[4] = float32(h.Age())
	row[5], row[30] = float32(h.fromEnd(1)), float32(h.fromEnd(2))
	row[6], row[7], row[8] = float32(mean), float32(variation), float32(len(h.lengths))
	row[9], row[10], row[31] = float32(h.period), float32(h.regular), float32(h.regularRecently)
	row[13] = float32(h.lagScore)
	for k := range spans[:whole] {
		row[16+k] = float32(h.recentShare(k))
	}
	row[20], row[33] = h.logMean, h.lastCount
	row[23], row[24], row[34] = float32(h.knownIn[whole]), float32(h.share()), float32(h.active)
	shortest := h.fromEnd(1)
	for _, g := range h.lengths[max(0, len(h.lengths)-5):] {
		shortest = min(shortest, g)
	}
	row[35] = float32(shortest)
	for k, n := range h.contextLength {
		row[lengthColumn+k] = float32(n)
	}
	for k, p := range h.paces {
		row[slopeColumn+2*k], row[slopeColumn+2*k+1] = float32(p.slope), float32(p.scatter)
	}
	return row
}

// MaxLogit bounds logits: probabilities within 1e-4 of 0 or 1 are taken as equal.
const MaxLogit = 9.2

// Logit returns log(p/(1-p)), within ±MaxLogit.
func Logit(p float32) float32 {
	return float32(min(max(math.Log(float64(p)/(1-float64(p))), -MaxLogit), MaxLogit))
}

// ClampLogit returns the logit, bounded to ±MaxLogit.
func ClampLogit(logit float32) float32 { return min(max(logit, -MaxLogit), MaxLogit) }
