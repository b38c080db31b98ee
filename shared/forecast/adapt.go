package forecast

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
)

// Adaptation holds the parameters by which the head of the network is fitted to one
// function, in closed form: a kernel ridge regression of the head's errors at earlier
// steps of the same window, the supports, on the states of the network there. With
// h the present state, h_s that at support s, and r_s(t) the observed activity t
// steps after s, 1 or 0, less the probability that the head gave it:
//
//	logit'(t) = logit(t) + Gain·(1-d) · Σ_s a_s·r_s(t),  a = (K + Ridge·I)⁻¹·k
//	K_su = h_s·h_u + 1,  k_s = h_s·h + 1
//
// It equals the posterior mean of the head's weights, given their trained
// values as the prior's mean and errors of equal variance. The factor before the
// sum is the prior's width: functions that are called in a large share d of the
// window's steps differ less from one another than sparse ones. r_s(t) is 0 if the
// step is unknown or after the origin. A gain of 0 means no adaptation.
//
// Source: Bertinetto, Henriques, Torr, Vedaldi, "Meta-learning with
// differentiable closed-form solvers", ICLR 2019.
type Adaptation struct{ Gain, Ridge float32 }

// width returns Gain·(1-d) for a window whose last steps are counts.
func (ad Adaptation) width(counts []int32) float32 {
	return ad.Gain * float32(1-feature.ActiveShare(counts))
}

// Every supportStride-th segment before the last is a support.
const (
	supportStride = 3
	supports      = (feature.Segments - 1) / supportStride
)

// supportSegment returns the segment of support s; supports ascend in time.
func supportSegment(s int) int { return supportStride*(s+1) - 1 }

// adapter holds the states of a batch at the supports, and memory to adapt one
// window after the other.
type adapter struct {
	hidden     int
	states     []float32                 // supports × batch × Hidden
	now        []float32                 // batch × Hidden, after the last segment
	byCell     []float32                 // Hidden × members, states of one window
	logits     []float32                 // supports × Horizons, then the residuals r_s(t)
	correction [feature.Horizons]float32 // Σ_s a_s·r_s(t)
	products   []float32                 // members × members: products of states, + 1
	factor     [members][members]float64 // lower triangle: Cholesky factor of K + Ridge·I, then k solved by it
	weight     [supports]float64         // a
}

func newAdapter(hidden int) adapter {
	return adapter{
		hidden: hidden, states: make([]float32, supports*batch*hidden), now: make([]float32, batch*hidden),
		byCell: make([]float32, hidden*members), logits: make([]float32, supports*feature.Horizons),
		products: make([]float32, members*members),
	}
}

// keep stores the states after a segment if it is a support or the last one: those
// of the sequences in ws, then those of the waiting ones, which are still in their
// zero prefixes.
func (a *adapter) keep(segment int, ws *lstm.Workspace[float32], waiting []sequence) {
	to := a.now
	switch {
	case segment == feature.Segments-1:
	case segment%supportStride == supportStride-1:
		at := segment / supportStride * batch * a.hidden
		to = a.states[at : at+batch*a.hidden]
	default:
		return
	}
	joined := ws.HiddenTo(to)
	for i := range waiting {
		h, _ := waiting[i].prefix.state(segment + 1)
		copy(to[(joined+i)*a.hidden:], h)
	}
}

// apply adds the correction for a sequence of the batch to the logits of out. counts
// are the window of the sequence.
func (a *adapter) apply(out []float32, n *lstm.Network[float32], ad Adaptation, sequence int, counts []int32) {
	counts = counts[max(0, len(counts)-feature.Steps):]
	width := ad.width(counts)
	if width == 0 {
		return
	}
	known := a.residuals(n, sequence, counts)
	if known == 0 {
		return
	}
	first := supports - known
	a.multiply(sequence)
	a.solve(first, float64(ad.Ridge))
	clear(a.correction[:])
	for s := first; s < supports; s++ {
		w := float32(a.weight[s])
		for t, r := range a.residual(s) {
			a.correction[t] += w * r
		}
	}
	for t, d := range a.correction {
		out[t] += width * d
	}
}

// state returns the state of a sequence at support s.
func (a *adapter) state(s, sequence int) []float32 {
	return a.states[(s*batch+sequence)*a.hidden:][:a.hidden]
}

// residual returns the residuals of support s. Those of later horizons are 0: at most
// as many steps are observed after a support as there are up to the origin.
func (a *adapter) residual(s int) []float32 {
	observed := feature.Steps - feature.SegmentEnd(supportSegment(s))
	return a.logits[s*feature.Horizons:][:min(observed, feature.Horizons)]
}

// residuals computes the residuals of the supports of a sequence, and returns the
// number of supports within the window, which are the last ones. counts are
// feature.Steps at most.
func (a *adapter) residuals(n *lstm.Network[float32], sequence int, counts []int32) (known int) {
	before := feature.Steps - len(counts)
	for s := range supports {
		end := feature.SegmentEnd(supportSegment(s))
		if end <= before {
			continue
		}
		known++
		r := a.residual(s)
		n.Logits(r, a.state(s, sequence), 1, len(r))
		future := counts[end-before:]
		for t := range r {
			switch {
			case future[t] < 0:
				r[t] = 0
			case future[t] > 0:
				r[t] = 1 - lstm.Sigmoid(r[t])
			default:
				r[t] = -lstm.Sigmoid(r[t])
			}
		}
	}
	return known
}
