package feature

import "math"

// Columns is the length of a row of the refiner. Its first GapColumns tell of
// gaps, rates and clock; the others of contexts and paces.
const (
	GapColumns = 36
	Columns    = slopeColumn + 2*len(paceSpans)
)

// The columns of contexts and paces begin here.
const (
	contextColumn = GapColumns
	owedColumn    = contextColumn + contexts
	lengthColumn  = owedColumn + len(paceSpans)
	slopeColumn   = lengthColumn + len(contextSeen)
)

// maxDistance bounds the distance to a beat that a row tells apart.
const maxDistance = 15

// ColumnNames returns what the columns of a row mean.
func ColumnNames() [Columns]string {
	return [Columns]string{
		"network logit", "network mean", "renewal", "hazard", "age", "last gap", "mean gap", "gap variation",
		"gaps", "period", "regularity", "steps to beat", "periods since call", "lag score", "folded by lag",
		"folded by clock", "active of 5", "active of 15", "active of 60", "active of 180", "level", "horizon",
		"clock", "known steps", "active of all", "gap", "gaps that end", "gaps as long", "hazard after the last gap",
		"roundness of the gap", "gap before the last", "regularity lately", "folded by clock lately", "last count",
		"calls", "shortest of the last gaps",
		"after the last 4", "after the last 8", "after the last 16",
		"after the longest context", "after the longest seen twice", "after the longest seen 4 times",
		"owed by the pace of 30", "owed by the pace of 180", "owed by the pace of all",
		"longest context", "longest seen twice", "longest seen 4 times",
		"pace of 30", "scatter of 30", "pace of 180", "scatter of 180", "pace of all", "scatter of all",
	}
}

// Rows writes one row per horizon of renewal to dst, len(renewal)×Columns, and
// returns it. p holds the network's probability at all Horizons, renewal what
// Renewal wrote.
func (h *History) Rows(dst []float32, p []float32, renewal []float32) []float32 {
	dst = dst[:len(renewal)*Columns]
	shared := h.shared(p)
	for t := 1; t <= len(renewal); t++ {
		row := dst[(t-1)*Columns : t*Columns]
		copy(row, shared[:])
		distance, periods := h.due(t)
		ends, longer := h.counted(t)
		hazard := h.hazard(t)
		row[0] = Logit(p[t-1])
		row[2] = renewal[t-1]
		row[3] = float32(hazard)
		row[11] = float32(min(max(distance, -maxDistance), maxDistance))
		row[12] = float32(min(periods, 10))
		row[14] = float32(h.fold(h.lag, t, Steps))
		row[15] = float32(h.fold(PhaseSteps, t, MaxHistory))
		row[21] = float32(t)
		row[22] = float32((h.phase + t - 1) % PhaseSteps)
		row[25] = float32(h.Age() + t)
		row[26], row[27] = float32(ends), float32(longer)
		row[28] = float32(h.hazardAfter(t, hazard))
		row[29] = float32(roundness(h.Age() + t))
		row[32] = float32(h.fold(PhaseSteps, t, Steps))
		h.follows(row[contextColumn:owedColumn], t)
		for k := range h.paces {
			row[owedColumn+k] = float32(h.paces[k].owed(t))
		}
	}
	return dst
}

// shared returns the columns that are the same for every horizon.
func (h *History) shared(p []float32) [Columns]float32 {
	var row [Columns]float32
	for _, v := range p {
		row[1] += v / Horizons
	}
	mean, variation := h.moments()
	row[4] = float32(h.Age())
	row[5], row[30] = float32(h.lastGap(1)), float32(h.lastGap(2))
	row[6], row[7], row[8] = float32(mean), float32(variation), float32(len(h.gaps))
	row[9], row[10], row[13] = float32(h.period), float32(h.regular), float32(h.lagScore)
	row[16], row[17], row[18], row[19] = float32(h.recent(0)), float32(h.recent(1)), float32(h.recent(2)), float32(h.recent(3))
	row[20], row[23], row[24] = h.level, float32(h.within[whole]), float32(h.share())
	row[31], row[33], row[34] = float32(h.lately), h.burst, float32(h.calls)
	shortest := h.lastGap(1)
	for _, g := range h.gaps[max(0, len(h.gaps)-5):] {
		shortest = min(shortest, g)
	}
	row[35] = float32(shortest)
	for k, n := range h.lengths {
		row[lengthColumn+k] = float32(n)
	}
	for k, p := range h.paces {
		row[slopeColumn+2*k], row[slopeColumn+2*k+1] = float32(p.slope), float32(p.scatter)
	}
	return row
}

// MaxLogit bounds Logit: probabilities beyond 1e-4 from certainty are equal.
const MaxLogit = 9.2

// Logit returns log(p/(1-p)), bounded.
func Logit(p float32) float32 {
	return float32(min(max(math.Log(float64(p)/(1-float64(p))), -MaxLogit), MaxLogit))
}

// ClampLogit returns a logit within ±MaxLogit.
func ClampLogit(logit float32) float32 { return min(max(logit, -MaxLogit), MaxLogit) }
