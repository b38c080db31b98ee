package hourly

// Adaptation fits the head of a network to one series, in closed form: ridge
// regression, over the states h_s in which the network was at earlier hours of
// the same series, of what its head got wrong there, r_s. With h the state now
// and a 1 appended to each state:
//
//	y' = y + Gain · h·(Σ_s h_s h_sᵀ + Ridge·I)⁻¹ Σ_s h_s r_s
//
// It equals the posterior mean of the head's weights, given their trained
// values as the prior's mean and errors of equal variance. A Gain of 0 is no
// adaptation.
//
// Source: Bertinetto, Henriques, Torr, Vedaldi, "Meta-learning with
// differentiable closed-form solvers", ICLR 2019.
type Adaptation struct{ Gain, Ridge float32 }

// head is the weights that adaptation adds to those of a network's head, learned
// one support at a time.
//
//	k = P·h/(1 + hᵀ·P·h),  w' = w + k·(r - w·h),  P' = P - k·(P·h)ᵀ
//
// from P = I/Ridge and w = 0, which after all supports is the ridge regression.
//
// Source: Plackett, "Some theorems in least squares", Biometrika 37, 1950.
type head struct {
	size   int       // of a state with its 1
	w, ph  []float64 // size
	state  []float64 // size, the last state given
	p      []float64 // size × size
	filled int       // supports
}

func newHead(hidden int) *head {
	n := hidden + 1
	return &head{size: n, w: make([]float64, n), ph: make([]float64, n), state: make([]float64, n), p: make([]float64, n*n)}
}

// reset forgets all supports.
func (a *head) reset(ridge float32) {
	clear(a.w)
	clear(a.p)
	a.filled = 0
	for i := range a.size {
		a.p[i*a.size+i] = 1 / float64(ridge)
	}
}

// learn takes in a support: a state of the network and what its head got wrong.
func (a *head) learn(state []float32, residual float64) {
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
func (a *head) shift(state []float32) float64 {
	if a.filled == 0 {
		return 0
	}
	a.set(state)
	return a.dot()
}

func (a *head) set(state []float32) {
	for i, v := range state {
		a.state[i] = float64(v)
	}
	a.state[a.size-1] = 1
}

func (a *head) dot() (sum float64) {
	for i, v := range a.state {
		sum += a.w[i] * v
	}
	return sum
}
