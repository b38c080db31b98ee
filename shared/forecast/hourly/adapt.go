package hourly

// ridgeHead is the correction that adaptation adds to the head of a network: a
// ridge regression of the head's errors r_s on the states h_s that the network
// had at earlier hours of the same series. With h the present state and a 1
// appended to every state:
//
//	y' = y + Gain · h·w,  w = (Σ_s h_s h_sᵀ + Ridge·I)⁻¹ Σ_s h_s r_s
//
// It is forecast.Adaptation in its primal form: w is the posterior mean of the
// change of the head's weights, with a prior of mean 0. The supports (h_s, r_s)
// are taken in one by one, by recursive least squares:
//
//	k = P·h/(1 + hᵀ·P·h),  w' = w + k·(r - w·h),  P' = P - k·(P·h)ᵀ
//
// from P = I/Ridge and w = 0, which ends in the ridge regression over all of
// them.
//
// Sources: Bertinetto, Henriques, Torr, Vedaldi, "Meta-learning with
// differentiable closed-form solvers", ICLR 2019; Plackett, "Some theorems in
// least squares", Biometrika 37, 1950.
type ridgeHead struct {
	size   int       // of a state with its 1
	w, ph  []float64 // size
	state  []float64 // size, the last state given
	p      []float64 // size × size, by rows
	filled int       // number of supports
}

func newRidgeHead(hidden int) *ridgeHead {
	n := hidden + 1
	return &ridgeHead{size: n, w: make([]float64, n), ph: make([]float64, n), state: make([]float64, n), p: make([]float64, n*n)}
}

// reset forgets all supports. ridge is above 0.
func (a *ridgeHead) reset(ridge float32) {
	clear(a.w)
	clear(a.p)
	a.filled = 0
	for i := range a.size {
		a.p[i*a.size+i] = 1 / float64(ridge)
	}
}

// learn takes in a support: a state of the network, and the observed value less
// the one that the head predicted.
func (a *ridgeHead) learn(state []float32, residual float64) {
	a.set(state)
	spread := 1.0
	for i := range a.size {
		a.ph[i] = dot(a.p[i*a.size:(i+1)*a.size], a.state)
		spread += a.state[i] * a.ph[i]
	}
	miss := (residual - dot(a.w, a.state)) / spread
	for i, v := range a.ph {
		a.w[i] += miss * v
		for j, u := range a.ph {
			a.p[i*a.size+j] -= v * u / spread
		}
	}
	a.filled++
}

// correction returns h·w, which is to be added to the head's output in a state.
func (a *ridgeHead) correction(state []float32) float64 {
	if a.filled == 0 {
		return 0
	}
	a.set(state)
	return dot(a.w, a.state)
}

// set copies the state and appends the 1.
func (a *ridgeHead) set(state []float32) {
	for i, v := range state {
		a.state[i] = float64(v)
	}
	a.state[a.size-1] = 1
}

// dot returns x·y, summed in order: the model's figures depend on it to the last
// digit, which the unrolled sum of gonum's floats.Dot would change.
func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}
