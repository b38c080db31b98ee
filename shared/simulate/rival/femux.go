package rival

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"prewarm/shared/simulate"
)

// FeMuxLeastBlock is the fewest minutes of a block: those that a forecaster sees.
const FeMuxLeastBlock = femuxWindow

// Constants of FeMux, from its released code unless stated.
const (
	femuxBlock  = 504      // minutes of a block
	femuxWindow = 120      // minutes that a forecaster sees
	femuxDemand = 1.6e-5   // load that a minute with calls has at least (MIN_CONC)
	femuxLeast  = 8e-6     // load below which nothing is kept warm (MIN_FORECAST)
	femuxSoft   = 3000.0   // replicas above which growth is limited
	femuxGrowth = 500.0    // replicas above the last load that a forecast may then have
	femuxFits   = 5        // forecasts after the begin of a block with a new fit of slow models
	femuxEvery  = 30       // and after them each so many forecasts
	femuxSeed   = 20260427 // of Markov chains and clusters, our own
)

// FeMux multiplexes forecasters: in each block of minutes one of eight forecasters of the load
// decides how many replicas of a function are warm. At the end of a block the features of its
// loads (density, linearity, stationarity, harmonics) put the function in a cluster, and the
// forecaster that had the lowest RUM after blocks of that cluster has the next block. The
// first block belongs to keep-alive of 10 minutes.
//
// The forecasters are keep-alives of 10 and 5 minutes, an autoregression and a threshold
// autoregression of order 10, a Fourier series of 10 harmonics, exponential smoothing, Holt's
// linear trend and a Markov chain. Each of them predicts the load of the next minute from the
// last 120 minutes, the Fourier series from the last 60. The load rounded up is kept warm,
// nothing below 8e-6. A load that has not changed for 120 minutes is predicted to stay. Above
// 3000 replicas a forecast may be 500 above the last load.
//
// What differs from the source:
//
//   - Its classifier was trained on other applications over 12 days and is not public. Here the
//     clusters are trained at the end of each block, on the blocks of all functions that have
//     ended. While there is none, the forecaster with the lowest RUM on the function's own last
//     block is chosen.
//   - The released code gives each cluster the forecaster that was best on the very blocks that
//     it then counts, and bounds growth by the load of the very minute that it predicts. That
//     sees the future, and is not done here.
//   - There the Markov chain draws also if the load has not changed for 120 minutes, and the
//     threshold autoregression is fitted also when the number of its regimes changes.
//   - It forecasts whole applications; here functions are scaled.
//   - The block has 504 minutes there. A trace of one day has two choices then; NewFeMux takes a
//     shorter block as well.
//   - A load of an unknown duration is the need, 1 in each minute with calls.
//
// Source: "In-Production Characterization of an Open Source Serverless Platform and New Scaling
// Strategies" (FeMux), EuroSys 2026; its released code, github.com/ubc-cirrus-lab/femux.
type FeMux struct {
	name      string
	block     int
	functions []femuxFunction
	examples  []femuxExample // blocks of all functions that have ended
}

// NewFeMux returns the policy for w with blocks of so many minutes, 0 for the published 504.
// NewFeMux panics if a block is shorter than FeMuxLeastBlock.
func NewFeMux(w *simulate.Workload, block int) *FeMux {
	p := &FeMux{name: "femux", block: femuxBlock, functions: make([]femuxFunction, len(w.Functions))}
	if block != 0 {
		p.name, p.block = fmt.Sprintf("femux-%d", block), block
	}
	if p.block < FeMuxLeastBlock {
		panic(fmt.Sprintf("rival: a block has at least %d minutes, was: %d", FeMuxLeastBlock, p.block))
	}
	// The published results take forecasts from 60 minutes for it (gen_results.py).
	fourier := extrapolation(iceWindow, iceHarmonics)
	for f := range p.functions {
		p.functions[f].models = newForecasters(fourier, w.Functions[f].Name)
	}
	return p
}

// Name implements simulate.Policy.
func (p *FeMux) Name() string { return p.name }

// Warm implements simulate.Policy.
func (p *FeMux) Warm(warm []int32, h simulate.History) {
	parallel(len(warm), func(f int) { p.functions[f].observe(h, f) })
	if m := h.Minute(); m > 0 && m%p.block == 0 {
		p.choose()
	}
	parallel(len(warm), func(f int) {
		s := &p.functions[f]
		s.forecast()
		warm[f] = s.warm[s.choice]
	})
}

// choose gives each function a forecaster for the block that begins.
func (p *FeMux) choose() {
	found := make([]femuxFeatures, len(p.functions))
	parallel(len(found), func(f int) {
		loads := p.functions[f].loads
		found[f] = featuresOf(loads[len(loads)-p.block:])
	})
	for f := range p.functions {
		// A block that cost nothing by any forecaster does not tell them apart.
		if s := &p.functions[f]; s.described && s.cost != [femuxModels]float64{} {
			p.examples = append(p.examples, femuxExample{s.features, s.cost})
		}
	}
	clusters := trainClusters(p.examples)
	parallel(len(found), func(f int) { p.functions[f].begin(found[f], clusters) })
}

// parallel calls work for 0 to n-1, on all cores. The calls must not depend on each other.
func parallel(n int, work func(i int)) {
	const share = 16 // calls that a goroutine takes at a time
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+share-1)/share) {
		group.Go(func() {
			for begin := int(next.Add(share)) - share; begin < n; begin = int(next.Add(share)) - share {
				for i := begin; i < min(begin+share, n); i++ {
					work(i)
				}
			}
		})
	}
	group.Wait()
}
