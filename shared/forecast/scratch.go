package forecast

import (
	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// scratch is what one goroutine needs to work on one batch of windows.
type scratch struct {
	horizons int             // that are asked for
	windows  []series.Window // of feature.MaxHistory steps at most
	seats    []seat          // of the windows in the network, in the order in which they join
	seatOf   [batch]int      // of each window
	lstm     *lstm.Workspace[float32]
	encoded  []float32 // batch × Slots × Inputs
	x        []float32 // batch × Inputs, one slot
	out      []float32 // batch × Outputs
	adapter  adapter
	needs    needs

	cold      [ColdColumns]float32
	one       [1]float32
	history   feature.History
	renewal   [feature.Horizons]float32
	rows      []float32
	varying   []float32 // Horizons × VaryingColumns
	shared    [feature.SharedColumns]float32
	denseWork *dense.Workspace
	network   [feature.Horizons]float32 // probabilities
	refiner   [feature.Horizons]float32 // logits
	denseSays [feature.Horizons]float32 // logits of the dense network
	final     [feature.Horizons]float32
}

func newScratch(m *Model) *scratch {
	shape := m.Network.Shape
	s := &scratch{
		adapter: newAdapter(shape.Hidden), needs: needs{rows: make([]float32, thresholds*feature.VolumeColumns)},
		windows: make([]series.Window, 0, batch), seats: make([]seat, 0, batch), lstm: lstm.NewWorkspace[float32](shape, batch),
		encoded: make([]float32, batch*feature.Segments*feature.Inputs), x: make([]float32, batch*feature.Inputs),
		out: make([]float32, batch*Outputs), rows: make([]float32, feature.Horizons*feature.Columns),
		varying: make([]float32, feature.Horizons*feature.VaryingColumns),
	}
	if m.Dense != nil {
		s.denseWork = dense.NewWorkspace(m.Dense.Shape, feature.Horizons)
	}
	return s
}

// runNetwork reads the windows of the batch into the network and keeps the
// states that adaptation looks back at. A window joins at its first call: until
// then the network is in a state that is known.
func (p *Predictor) runNetwork(s *scratch) {
	n := len(s.windows)
	if n == 0 {
		return
	}
	p.seat(s)
	const width = feature.Segments * feature.Inputs
	s.lstm.Start(0)
	joined := 0
	for slot := range feature.Segments {
		for ; joined < n && s.seats[joined].quiet <= slot; joined++ {
			s.lstm.Join(s.seats[joined].silence.state(slot))
			w := s.windows[s.seats[joined].window]
			feature.Encode(s.encoded[joined*width:(joined+1)*width], w.Counts, feature.Phase(w.Start, w.StepSeconds))
		}
		for i := range joined {
			copy(s.x[i*feature.Inputs:(i+1)*feature.Inputs], s.encoded[i*width+slot*feature.Inputs:])
		}
		if joined > 0 {
			p.model.Network.Step(s.lstm, s.x[:joined*feature.Inputs])
		}
		s.adapter.keep(slot, s.lstm, s.seats[joined:])
	}
	for ; joined < n; joined++ {
		s.lstm.Join(s.seats[joined].silence.state(feature.Segments))
	}
	p.model.Network.Head(s.out, s.lstm)
}

// outputs returns what the network's head says of one window of the batch.
func (s *scratch) outputs(row int) []float32 {
	at := s.seatOf[row]
	return s.out[at*Outputs : (at+1)*Outputs]
}

// readActivity computes what the network and the own gaps say of one window of
// the batch.
func (p *Predictor) readActivity(s *scratch, row int) {
	w := s.windows[row]
	s.adapter.apply(s.outputs(row), p.model.Network, p.model.Adapt, s.seatOf[row], w.Counts)
	activityTo(s.network[:], s.outputs(row))
	s.history.Read(w.Counts, feature.Phase(w.Start, w.StepSeconds))
	s.history.Renewal(s.renewal[:s.horizons], &p.model.Pooled)
}

// refine computes the probabilities of all parts for one window of the batch.
func (p *Predictor) refine(s *scratch, row int) {
	p.readActivity(s, row)
	rows := s.history.Rows(s.rows, s.network[:], s.renewal[:s.horizons])
	p.model.Refiner.Predict(s.refiner[:], rows)
	feature.DenseRows(s.varying, s.shared[:], rows, s.windows[row].Counts)
	p.model.Dense.Logits(s.denseSays[:s.horizons], s.denseWork, s.varying, s.shared[:])
	for t := range s.horizons {
		s.final[t] = p.model.Stack.Apply(s.refiner[t], s.denseSays[t], feature.Logit(s.network[t]))
	}
}

// write turns the probabilities into a forecast, with the need's quantiles: 0
// where a call is less likely than the quantile's tail.
func (p *Predictor) write(s *scratch, f *event.Forecast, fw *event.FunctionWindow, row int) {
	w := s.windows[row]
	single := p.setNeeds(s, w, fw.Concurrency, row)
	for t, active := range s.final[:s.horizons] {
		f.PActive = append(f.PActive, event.Prob(active))
		need := func(q int) int32 {
			switch {
			case float64(active) < 1-event.Quantiles[q]:
				return 0
			case single:
				return 1
			}
			return s.needs.replicasAt(t+1, q)
		}
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, need(0)), append(f.NeedQ90, need(1))
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, need(2)), append(f.NeedQ99, need(3))
	}
	if s.horizons == feature.Horizons {
		f.ExpectedCold = p.expectedCold(s, row)
	} else {
		f.ExpectedCold = ExpectedCold(f.PActive, w.Counts)
	}
	f.Evidence = s.history.Active()
}

// writeRecent states what the function needed in its last steps.
func writeRecent(f *event.Forecast, fw *event.FunctionWindow) {
	w := fw.Tail(feature.MaxHistory)
	step, duration := float64(w.StepSeconds), w.MeanDuration()
	for _, c := range w.Tail(feature.Steps).Counts {
		f.Recent = append(f.Recent, series.Need(c, duration, step, fw.Concurrency))
		f.RecentLoad = append(f.RecentLoad, event.NewLoad(c, duration, step, fw.Concurrency))
	}
}
