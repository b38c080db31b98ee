package forecast

import (
	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/lstm"
	"prewarm/shared/series"
)

// scratch is what one goroutine needs to work on one batch of windows.
type scratch struct {
	horizons int // that are asked for
	windows  []series.Window
	lstm     *lstm.Workspace[float32]
	encoded  []float32 // batch × Steps × Inputs, right-aligned
	x        []float32 // batch × Inputs, one step
	out      []float32 // batch × Outputs

	history feature.History
	renewal [feature.Horizons]float32
	rows    []float32
	network [feature.Horizons]float32 // probabilities of the three parts
	refiner [feature.Horizons]float32
	final   [feature.Horizons]float32
}

func newScratch(shape lstm.Shape) *scratch {
	return &scratch{
		windows: make([]series.Window, 0, batch), lstm: lstm.NewWorkspace[float32](shape, batch),
		encoded: make([]float32, batch*feature.Steps*feature.Inputs), x: make([]float32, batch*feature.Inputs),
		out: make([]float32, batch*Outputs), rows: make([]float32, feature.Horizons*feature.Columns),
	}
}

// runNetwork reads the windows of the batch into the network, so that all end
// together: a shorter window begins later, in the zero state.
func (p *Predictor) runNetwork(s *scratch) {
	n, first := len(s.windows), feature.Steps
	if n == 0 {
		return
	}
	const width = feature.Steps * feature.Inputs
	for i, w := range s.windows {
		begin := feature.Steps - len(w.Counts)
		first = min(first, begin)
		feature.Encode(s.encoded[i*width+begin*feature.Inputs:(i+1)*width], w.Counts, feature.Phase(w.Start, w.StepSeconds))
	}
	s.lstm.Start(n)
	for t := first; t < feature.Steps; t++ {
		for i, w := range s.windows {
			if t <= feature.Steps-len(w.Counts) {
				s.lstm.Reset(i)
				clear(s.x[i*feature.Inputs : (i+1)*feature.Inputs])
			}
			if t >= feature.Steps-len(w.Counts) {
				copy(s.x[i*feature.Inputs:(i+1)*feature.Inputs], s.encoded[i*width+t*feature.Inputs:])
			}
		}
		p.model.Network.Step(s.lstm, s.x[:n*feature.Inputs])
	}
	p.model.Network.Head(s.out, s.lstm)
}

// refine computes the probabilities of all parts for one window of the batch.
func (p *Predictor) refine(s *scratch, row int) {
	w := s.windows[row]
	activityTo(s.network[:], s.out[row*Outputs:])
	s.history.Read(w.Counts, feature.Phase(w.Start, w.StepSeconds))
	renewal := s.history.Renewal(s.renewal[:s.horizons], &p.model.Pooled)
	p.model.Refiner.Predict(s.refiner[:], s.history.Rows(s.rows, s.network[:], renewal))
	for t := range s.horizons {
		s.final[t] = p.model.Stack.Apply(s.refiner[t], s.network[t])
	}
}

// write turns the probabilities and the network's quantiles into a forecast.
func (p *Predictor) write(s *scratch, f *event.Forecast, fw *event.FunctionWindow, row int) {
	w := s.windows[row]
	step, duration := float64(w.StepSeconds), w.MeanDuration()
	level, out := feature.Level(w.Counts), s.out[row*Outputs:(row+1)*Outputs]
	for t, active := range s.final[:s.horizons] {
		f.PActive = append(f.PActive, event.Prob(active))
		given := quantilesAt(out, level, t+1)
		need := func(q float64) int32 {
			return series.Need(countQuantile(given, float64(active), q), duration, step, fw.Concurrency)
		}
		f.NeedQ50 = append(f.NeedQ50, need(event.Quantiles[0]))
		f.NeedQ90 = append(f.NeedQ90, need(event.Quantiles[1]))
		f.NeedQ95 = append(f.NeedQ95, need(event.Quantiles[2]))
		f.NeedQ99 = append(f.NeedQ99, need(event.Quantiles[3]))
	}
	for _, c := range w.Counts {
		f.Recent = append(f.Recent, series.Need(c, duration, step, fw.Concurrency))
		f.RecentLoad = append(f.RecentLoad, event.NewLoad(c, duration, step, fw.Concurrency))
	}
	f.ExpectedCold = ExpectedCold(f.PActive, w.Counts)
	if s.horizons == feature.Horizons {
		f.ExpectedCold = p.model.Cold.Apply(f.ExpectedCold, w.Counts)
	}
	f.Evidence = s.history.Calls()
}
