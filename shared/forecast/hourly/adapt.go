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
	p      []float64 // size × size
	filled int       // supports
}

func newRidgeHead(hidden int) *ridgeHead {
	n := hidden + 1
	return &ridgeHead{size: n, w: make([]float64, n), ph: make([]float64, n), state: make([]float64, n), p: make([]float64, n*n)}
}

// reset forgets all supports.
func (a *ridgeHead) reset(ridge float32) {
	clear(a.w)
	clear(a.p)
	a.filled = 0
	for i := range a.size {
		a.p[i*a.size+i] = 1 / float64(ridge)
	}
}

// learn takes in a support: a state of the network and what its head got wrong.
func (a *ridgeHead) learn(state []float32, residual float64) {
	a.set(state)
	spread := 1.0
	for i := range a.size {
		sum := 0.0
		for j, v := range a.state {
			sum += a.p[i*a.size+j] * v
		}
		a.ph[i] = sum
		spread += a.state[i] * sum
	}
	miss := (residual - a.dot()) / spread
	for i, v := range a.ph {
		a.w[i] += miss * v
		for j, u := range a.ph {
			a.p[i*a.size+j] -= v * u / spread
		}
	}
	a.filled++
}

// shift returns what the supports add to the head's output in a state.
func (a *ridgeHead) shift(state []float32) float64 {
	if a.filled == 0 {
		return 0
	}
	a.set(state)
	return a.dot()
}

func (a *ridgeHead) set(state []float32) {
	for i, v := range state {
		a.state[i] = float64(v)
	}
	a.state[a.size-1] = 1
}

func (a *ridgeHead) dot() (sum float64) {
	for i, v := range a.state {
		sum += a.w[i] * v
	}
	return sum
}
