package rival

import (
	"hash/fnv"
	"math"
	"slices"

	"prewarm/shared/simulate"
)

// femuxModels is the number of forecasters.
const femuxModels = 8

// forecaster predicts the load of the next minute of one function.
type forecaster interface {
	// observe takes the load of a minute, in the order of time.
	observe(load float64)

	// forecast returns the load that follows on window, whose last value was observed last.
	// A model that is slow to fit is fitted anew if fresh.
	forecast(window []float64, fresh bool) float64
}

// newForecasters returns the forecasters of a function. The default comes first: of equal ones
// the first is chosen.
func newForecasters(fourier []float64, name string) [femuxModels]forecaster {
	id := fnv.New64a()
	id.Write([]byte(name))
	return [femuxModels]forecaster{
		recentMax{minutes: 10}, recentMax{minutes: 5}, &autoregression{}, &setar{},
		filter{weights: fourier}, &smoothing{}, &holt{}, newMarkovChain(id.Sum64()),
	}
}

// femuxFunction is the state of one function.
type femuxFunction struct {
	models [femuxModels]forecaster
	loads  []float64 // of all minutes so far
	equal  int       // minutes at their end that have the same load
	since  int       // forecasts since the slow models began anew

	warm [femuxModels]int32   // by forecaster, in the minute that is to come
	cost [femuxModels]float64 // RUM by forecaster, in this block

	features  femuxFeatures // of the last block
	described bool          // there is a last block
	choice    int           // forecaster of this block
}

// observe takes in the minute before the one that is to be decided.
func (s *femuxFunction) observe(h simulate.History, f int) {
	if h.Minute() == 0 {
		return
	}
	load := femuxLoad(h, f)
	if n := len(s.loads); n > 0 && s.loads[n-1] == load {
		s.equal++
	} else {
		s.equal = 1
	}
	s.loads = append(s.loads, load)
	for _, m := range s.models {
		m.observe(load)
	}
	if step, ok := lastStep(h, f); ok {
		for i := range s.cost {
			step.Warm = int(s.warm[i])
			s.cost[i] += rum(step, h.Function(f))
		}
	}
}

// femuxLoad returns the load of function f in the last minute.
func femuxLoad(h simulate.History, f int) float64 {
	last := h.Minute() - 1
	need := float64(h.Need(f)[last])
	if need == 0 || h.Function(f).Duration == 0 {
		return need
	}
	return math.Max(h.Load(f, last), femuxDemand)
}

// forecast sets what each forecaster keeps warm in the minute that is to come.
func (s *femuxFunction) forecast() {
	n := len(s.loads)
	switch {
	case n == 0:
	case n < femuxWindow:
		s.all(slices.Max(s.loads[max(0, n-10):])) // keep-alive of 10 minutes until then
	case s.equal >= femuxWindow:
		s.since = 0
		s.all(s.loads[n-1])
	default:
		fresh := s.since < femuxFits || s.since%femuxEvery == 0
		s.since++
		for i, m := range s.models {
			s.warm[i] = replicasOf(m.forecast(s.loads[n-femuxWindow:], fresh), s.loads[n-1])
		}
	}
}

// all sets the same forecast for each forecaster.
func (s *femuxFunction) all(load float64) {
	n := replicasOf(load, load)
	for i := range s.warm {
		s.warm[i] = n
	}
}

// replicasOf returns the replicas of a forecast, with the load of the last minute: rounded up,
// and none below femuxLeast. By so little it may be above a whole number too, since that is
// the precision of a fit.
func replicasOf(forecast, last float64) int32 {
	if forecast > femuxSoft {
		forecast = math.Min(forecast, math.Max(last+femuxGrowth, femuxSoft))
	}
	if !(forecast > femuxLeast) { // also not a number
		return 0
	}
	return int32(math.Min(math.Ceil(forecast-femuxLeast), math.MaxInt32))
}

// begin starts a block after one with these features. clusters is nil if nothing was learned.
func (s *femuxFunction) begin(last femuxFeatures, clusters *femuxClusters) {
	s.choice = cheapest(s.cost)
	if clusters != nil {
		s.choice = clusters.choose(last)
	}
	s.features, s.described = last, true
	s.cost, s.since = [femuxModels]float64{}, 0
}

// cheapest returns the index of the least cost, the first of equal ones.
func cheapest(cost [femuxModels]float64) int {
	best := 0
	for i, c := range cost {
		if c < cost[best] {
			best = i
		}
	}
	return best
}
