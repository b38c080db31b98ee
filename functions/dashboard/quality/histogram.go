package quality

import "math"

// bins is the number of bins of a histogram. Bin i holds the probabilities from
// (i/bins)² to ((i+1)/bins)²: rare calls have probabilities near 0, and small
// bins there keep them apart.
const bins = 64

// bin counts predictions of similar probability.
type bin struct {
	n, active uint32  // predictions, and how many of their steps had a call
	sum       float64 // of the predicted probabilities
}

// histogram counts the predictions of one lead by their probability.
type histogram [bins]bin

// add counts a prediction p, 0 <= p <= 1, and whether its step had a call.
func (h *histogram) add(p float64, active bool) {
	// The inverse of the square of the bin edges; p = 1 falls into the last bin.
	b := &h[min(bins-1, int(math.Sqrt(p)*bins))]
	b.n++
	b.sum += p
	if active {
		b.active++
	}
}

// merge adds the counts of o.
func (h *histogram) merge(o *histogram) {
	for i := range h {
		h[i].merge(o[i])
	}
}

// merge adds the counts of o. Two bins of one index, or of neighbouring ones, can be
// joined, as only sums are kept.
func (b *bin) merge(o bin) {
	b.n += o.n
	b.active += o.active
	b.sum += o.sum
}

// totals returns the number of predictions, and of those whose step had a call.
func (h *histogram) totals() (n, active uint32) {
	for _, b := range h {
		n += b.n
		active += b.active
	}
	return n, active
}

// averagePrecision returns the area under the precision-recall curve, with the
// predictions of one bin taken as tied:
//
//	AP = sum over bins, highest probability first, of (R_k - R_(k-1)) P_k
//
// where P_k and R_k are the precision and recall of all predictions down to bin
// k. It is NaN if no step was active.
func (h *histogram) averagePrecision() float64 {
	_, total := h.totals()
	var seen, hits uint32
	ap := 0.0
	for i := bins - 1; i >= 0; i-- {
		seen += h[i].n
		hits += h[i].active
		// A bin without active steps does not raise the recall, and may have seen =
		// 0.
		if h[i].active > 0 {
			ap += float64(h[i].active) * float64(hits) / float64(seen)
		}
	}
	return ap / float64(total)
}

// calibrationError returns the expected calibration error: the mean distance
// between the predicted probability and the observed share of active steps, over
// bins weighted by their predictions. It is NaN without predictions.
//
// Source: Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities
// Using Bayesian Binning", AAAI 2015.
func (h *histogram) calibrationError() float64 {
	n, _ := h.totals()
	sum := 0.0
	for _, b := range h {
		// |mean predicted - observed share| times n, without the division and the
		// multiplication by n.
		sum += math.Abs(b.sum - float64(b.active))
	}
	return sum / float64(n)
}

// deciles joins the bins into ten of equal width and leaves out the empty ones.
// A bin belongs to the decile of its mean probability.
func (h *histogram) deciles() []CalibrationBin {
	var joined [10]bin
	for _, b := range h {
		if b.n > 0 {
			joined[min(9, int(10*b.sum/float64(b.n)))].merge(b)
		}
	}
	out := []CalibrationBin{}
	for _, b := range joined {
		if b.n > 0 {
			out = append(out, CalibrationBin{
				// n is above 0, so both values are finite and the pointers are not
				// nil.
				Predicted: *finite(b.sum / float64(b.n)), Observed: *finite(float64(b.active) / float64(b.n)), Forecasts: b.n,
			})
		}
	}
	return out
}

// finite rounds v to four decimals. It returns nil if v is not a finite number,
// which JSON cannot express.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = math.Round(v*1e4) / 1e4
	return &v
}
