package forecast

import (
	"math"

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
	states     []float32                   // supports × batch × Hidden
	now        []float32                   // batch × Hidden, after the last segment
	own        []float32                   // supports × Hidden, states of one window
	logits     []float32                   // supports × Horizons, then the residuals r_s(t)
	correction [feature.Horizons]float32   // Σ_s a_s·r_s(t)
	kernel     [supports][supports]float64 // lower triangle of the Cholesky factor of K + Ridge·I
	weight     [supports]float64           // a
}

func newAdapter(hidden int) adapter {
	return adapter{
		hidden: hidden, states: make([]float32, supports*batch*hidden), now: make([]float32, batch*hidden),
		own: make([]float32, supports*hidden), logits: make([]float32, supports*feature.Horizons),
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
	for s := range supports {
		copy(a.own[s*a.hidden:(s+1)*a.hidden], a.states[(s*batch+sequence)*a.hidden:])
	}
	known := a.residuals(n, counts)
	if known == 0 {
		return
	}
	now := a.now[sequence*a.hidden : (sequence+1)*a.hidden]
	a.solve(supports-known, now, float64(ad.Ridge))
	clear(a.correction[:])
	for s := supports - known; s < supports; s++ {
		w := float32(a.weight[s])
		for t, r := range a.logits[s*feature.Horizons : (s+1)*feature.Horizons] {
			a.correction[t] += w * r
		}
	}
	for t, d := range a.correction {
		out[t] += width * d
	}
}

// residuals computes the residuals of the supports, and returns the number of
// supports within the window, which are the last ones. counts are feature.Steps at
// most.
func (a *adapter) residuals(n *lstm.Network[float32], counts []int32) (known int) {
	before := feature.Steps - len(counts)
	for s := range supports {
		if feature.SegmentEnd(supportSegment(s)) > before {
			known = supports - s
			break
		}
	}
	first := supports - known
	n.Logits(a.logits[first*feature.Horizons:], a.own[first*a.hidden:], known, feature.Horizons)
	for s := first; s < supports; s++ {
		future := counts[feature.SegmentEnd(supportSegment(s))-before:]
		r := a.logits[s*feature.Horizons : (s+1)*feature.Horizons]
		for t := range r {
			switch {
			case t >= len(future) || future[t] < 0:
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

// solve sets the weights of the supports from first on for the present state, by a
// Cholesky factorisation. It is written out, as it runs once per window on a matrix
// of about twenty rows and must not allocate.
func (a *adapter) solve(first int, now []float32, ridge float64) {
	state := func(s int) []float32 { return a.own[s*a.hidden : (s+1)*a.hidden] }
	for i := first; i < supports; i++ {
		l := &a.kernel[i]
		for j := first; j <= i; j++ {
			v := kernel(state(i), state(j))
			if i == j {
				v += ridge
			}
			for k := first; k < j; k++ {
				v -= l[k] * a.kernel[j][k]
			}
			if i == j {
				l[j] = math.Sqrt(max(v, 1e-9))
			} else {
				l[j] = v / a.kernel[j][j]
			}
		}
		v := kernel(state(i), now)
		for k := first; k < i; k++ {
			v -= l[k] * a.weight[k]
		}
		a.weight[i] = v / l[i]
	}
	for i := supports - 1; i >= first; i-- {
		v := a.weight[i]
		for k := i + 1; k < supports; k++ {
			v -= a.kernel[k][i] * a.weight[k]
		}
		a.weight[i] = v / a.kernel[i][i]
	}
}

// kernel returns x·y + 1; the 1 stands for the bias of the head.
func kernel(x, y []float32) float64 {
	sum := float32(1)
	for i, v := range x {
		sum += v * y[i]
	}
	return float64(sum)
}
