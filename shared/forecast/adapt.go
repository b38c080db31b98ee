package forecast

import (
	"math"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
)

// Adaptation fits the head of the network to one function, in closed form:
// kernel ridge regression, over the states in which the network was at earlier
// steps of the same window, of what its head got wrong there. With h the state
// now, h_s that at support s, and r_s(t) what came t steps after s less the
// probability that the head gave it:
//
//	logit'(t) = logit(t) + Gain·(1-d) · Σ_s a_s·r_s(t),  a = (K + Ridge·I)⁻¹·k
//	K_su = h_s·h_u + 1,  k_s = h_s·h + 1
//
// It equals the posterior mean of the head's weights, given their trained
// values as the prior's mean and errors of equal variance. The factor before the
// sum is the prior's width: functions that are called in a large share d of the
// window's steps differ less from one another than sparse ones. r_s(t) is 0 where
// what came is not known yet. A gain of 0 is no adaptation.
//
// Source: Bertinetto, Henriques, Torr, Vedaldi, "Meta-learning with
// differentiable closed-form solvers", ICLR 2019.
type Adaptation struct{ Gain, Ridge float32 }

// width returns Gain·(1-d) for a window whose last steps are counts.
func (ad Adaptation) width(counts []int32) float32 {
	return ad.Gain * float32(1-feature.ActiveShare(counts))
}

// Every supportStride-th slot before the last is a support.
const (
	supportStride = 3
	supports      = (feature.Segments - 1) / supportStride
)

// supportSlot returns the slot of support s; supports are ascending in time.
func supportSlot(s int) int { return supportStride*(s+1) - 1 }

// adapter holds the states of a batch at the supports and scratch for one
// window.
type adapter struct {
	hidden int
	states []float32 // supports × batch × Hidden
	now    []float32 // batch × Hidden
	own    []float32 // supports × Hidden, of one window
	logits []float32 // supports × Horizons
	shift  [feature.Horizons]float32
	kernel [supports][supports]float64
	weight [supports]float64
}

func newAdapter(hidden int) adapter {
	return adapter{
		hidden: hidden, states: make([]float32, supports*batch*hidden), now: make([]float32, batch*hidden),
		own: make([]float32, supports*hidden), logits: make([]float32, supports*feature.Horizons),
	}
}

// keep stores the states after a slot if it is a support or the last one: those
// of the sequences in ws, and of the windows that are still silent after them.
func (a *adapter) keep(slot int, ws *lstm.Workspace[float32], silent []seat) {
	to := a.now
	switch {
	case slot == feature.Segments-1:
	case slot%supportStride == supportStride-1:
		at := slot / supportStride * batch * a.hidden
		to = a.states[at : at+batch*a.hidden]
	default:
		return
	}
	joined := ws.HiddenTo(to)
	for i := range silent {
		h, _ := silent[i].silence.state(slot + 1)
		copy(to[(joined+i)*a.hidden:], h)
	}
}

// apply adds the adaptation of the window in seat row, whose last steps are
// counts, to the logits of out.
func (a *adapter) apply(out []float32, n *lstm.Network[float32], ad Adaptation, row int, counts []int32) {
	counts = counts[max(0, len(counts)-feature.Steps):]
	width := ad.width(counts)
	if width == 0 {
		return
	}
	for s := range supports {
		copy(a.own[s*a.hidden:(s+1)*a.hidden], a.states[(s*batch+row)*a.hidden:])
	}
	known := a.residuals(n, counts)
	if known == 0 {
		return
	}
	now := a.now[row*a.hidden : (row+1)*a.hidden]
	a.solve(supports-known, now, float64(ad.Ridge))
	clear(a.shift[:])
	for s := supports - known; s < supports; s++ {
		w := float32(a.weight[s])
		for t, r := range a.logits[s*feature.Horizons : (s+1)*feature.Horizons] {
			a.shift[t] += w * r
		}
	}
	for t, d := range a.shift {
		out[t] += width * d
	}
}

// residuals turns the logits of the supports into what they got wrong, and
// returns the number of supports within the window, which are the last ones.
// counts are feature.Steps at most.
func (a *adapter) residuals(n *lstm.Network[float32], counts []int32) (known int) {
	before := feature.Steps - len(counts)
	for s := range supports {
		if feature.SegmentEnd(supportSlot(s)) > before {
			known = supports - s
			break
		}
	}
	first := supports - known
	n.Logits(a.logits[first*feature.Horizons:], a.own[first*a.hidden:], known, feature.Horizons)
	for s := first; s < supports; s++ {
		future := counts[feature.SegmentEnd(supportSlot(s))-before:]
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

// solve sets the weights of the supports from first on for the present state,
// by a Cholesky factorisation.
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

// kernel returns x·y + 1.
func kernel(x, y []float32) float64 {
	sum := float32(1)
	for i, v := range x {
		sum += v * y[i]
	}
	return float64(sum)
}
