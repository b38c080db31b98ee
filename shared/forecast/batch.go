package forecast

import (
	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// batch is the number of windows that one matrix product takes.
const batch = 32

// scratch is the memory with which one goroutine works on one batch of windows.
// The network reads all windows at once; what follows it takes one window after
// the other, in the arrays from network on.
type scratch struct {
	horizons   int             // number of horizons to forecast
	windows    []series.Window // of feature.MaxHistory steps at most
	sequences  []sequence      // the windows in the order in which the network takes them in
	sequenceOf [batch]int      // index in sequences of each window
	lstm       *lstm.Workspace[float32]
	encoded    []float32 // batch × Segments × Inputs
	x          []float32 // batch × Inputs, one segment
	out        []float32 // batch × Outputs
	adapter    adapter
	memory     *memory    // nil for none
	patterns   []pattern  // of the windows, for the memory
	recalled   []recalled // windows with known outputs, which the network does not read

	network   [feature.Horizons]float32 // probabilities of the adapted LSTM
	history   feature.History
	renewal   [feature.Horizons]float32 // probabilities
	rows      []float32                 // Horizons × Columns
	refiner   [feature.Horizons]float32 // logits
	varying   []float32                 // Horizons × VaryingColumns
	shared    [feature.SharedColumns]float32
	denseWork *dense.Workspace
	dense     [feature.Horizons]float32 // logits
	outlook   outlook
	needs     needs
	few       few
	duration  float64   // mean seconds of a call of the window, 0 if unknown
	load      []float64 // replicas that calls keep busy, by step of the window
	running   []int32   // calls in progress, by step of the window
	held      []int32   // replicas that the calls of the window hold, by step of the window and horizon
	none      [feature.Horizons]int32
	cold      [ColdColumns]float32
	one       [1]float32
}

func newScratch(m *Model) *scratch {
	shape := m.Network.Shape
	s := &scratch{
		adapter: newAdapter(shape.Hidden), needs: needs{rows: make([]float32, thresholds*feature.VolumeColumns)},
		windows: make([]series.Window, 0, batch), sequences: make([]sequence, 0, batch), lstm: lstm.NewWorkspace[float32](shape, batch),
		encoded: make([]float32, batch*feature.Segments*feature.Inputs), x: make([]float32, batch*feature.Inputs),
		out: make([]float32, batch*Outputs), rows: make([]float32, feature.Horizons*feature.Columns),
		varying: make([]float32, feature.Horizons*feature.VaryingColumns),
	}
	if m.Dense != nil {
		s.denseWork = dense.NewWorkspace(m.Dense.Shape, feature.Horizons)
	}
	return s
}

// load takes in the windows of a batch and runs the network over those that a
// forecast can be made of. For the others it sets errs.
func (p *Predictor) load(s *scratch, errs []error, windows []event.FunctionWindow) {
	s.windows = s.windows[:0]
	for i := range windows {
		if errs[i] = admit(&windows[i]); errs[i] == nil {
			s.windows = append(s.windows, windows[i].Tail(feature.MaxHistory))
		}
	}
	p.runNetwork(s)
}

// runNetwork runs the network over the windows of the batch and keeps the states
// that adaptation needs. A window joins the batch at its first call, in the state
// that its zero prefix leaves the network in.
func (p *Predictor) runNetwork(s *scratch) {
	p.order(s)
	n := len(s.sequences)
	if n == 0 {
		return
	}
	const width = feature.Segments * feature.Inputs
	s.lstm.Start(0)
	joined := 0
	for segment := range feature.Segments {
		for ; joined < n && s.sequences[joined].zeros <= segment; joined++ {
			s.lstm.Join(s.sequences[joined].prefix.state(segment))
			w := s.windows[s.sequences[joined].window]
			feature.Encode(s.encoded[joined*width:(joined+1)*width], w.Counts, feature.Phase(w.Start, w.StepSeconds))
		}
		for i := range joined {
			copy(s.x[i*feature.Inputs:(i+1)*feature.Inputs], s.encoded[i*width+segment*feature.Inputs:])
		}
		if joined > 0 {
			p.model.Network.Step(s.lstm, s.x[:joined*feature.Inputs])
		}
		s.adapter.keep(segment, s.lstm, s.sequences[joined:])
	}
	for ; joined < n; joined++ {
		s.lstm.Join(s.sequences[joined].prefix.state(feature.Segments))
	}
	p.model.Network.Head(s.out, s.lstm)
}

// outputs returns the outputs of the network's head for a window of the batch.
func (s *scratch) outputs(window int) []float32 {
	at := s.sequenceOf[window]
	return s.out[at*Outputs : (at+1)*Outputs]
}

// readActivity adapts the network's outputs for a window of the batch to its
// function, and computes the probabilities of network and renewal process.
func (p *Predictor) readActivity(s *scratch, window int) {
	w := s.windows[window]
	p.readNetwork(s, window)
	s.history.Read(w.Counts, feature.Phase(w.Start, w.StepSeconds))
	s.history.Renewal(s.renewal[:s.horizons], &p.model.Pooled)
}

// readNetwork is readActivity for the network alone. Windows that are equal for it are
// adapted once: all those without calls at one phase, and those that are recalled.
func (p *Predictor) readNetwork(s *scratch, window int) {
	at, out := s.sequenceOf[window], s.outputs(window)
	if at >= len(s.sequences) {
		s.network = s.recalled[at-len(s.sequences)].network
		return
	}
	q := s.sequences[at]
	silent := q.zeros == feature.Segments
	var known *answer
	if silent {
		known = q.prefix.silent.Load()
	}
	if known != nil {
		copy(out, known.outputs[:])
		s.network = known.network
	} else {
		s.adapter.apply(out, p.model.Network, p.model.Adapt, at, s.windows[window].Counts)
		activityTo(s.network[:], out)
		if silent || s.memory != nil {
			known = &answer{outputs: [Outputs]float32(out), network: s.network}
		}
	}
	if silent {
		q.prefix.silent.Store(known)
	}
	if s.memory != nil {
		s.memory.networks.remember(&s.patterns[window], known)
	}
}

// refine computes the probabilities of all parts, and the outlook, for a window of the batch.
func (p *Predictor) refine(s *scratch, window int) {
	p.readActivity(s, window)
	rows := s.history.Rows(s.rows, s.network[:], s.renewal[:s.horizons])
	p.model.Refiner.Predict(s.refiner[:], rows)
	feature.DenseRows(s.varying, s.shared[:], rows, s.windows[window].Counts)
	p.model.Dense.Logits(s.dense[:s.horizons], s.denseWork, s.varying, s.shared[:])
	for t := range s.horizons {
		s.outlook.final[t] = p.model.Stack.Apply(s.refiner[t], s.dense[t], feature.Logit(s.network[t]))
	}
	s.outlook.evidence, s.outlook.cold = s.history.Active(), p.expectedCold(s, window)
}

// outlook is what the calls of a window tell of the next steps.
type outlook struct {
	final    [feature.Horizons]float32 // probabilities of the forecast
	cold     float64                   // expected cold starts
	evidence int                       // active steps that it rests on
}

// write writes the forecast of a window of the batch to f.
func (p *Predictor) write(s *scratch, f *event.Forecast, fw *event.FunctionWindow, window int) {
	w := s.windows[window]
	single := p.setNeeds(s, w, fw.Concurrency, window)
	held := s.holdAhead(w, fw.Concurrency)
	for t, active := range s.outlook.final[:s.horizons] {
		f.PActive = append(f.PActive, event.Prob(active))
		// Each is at least the one before: rounding must not turn their order.
		var need [len(event.Quantiles)]int32
		least := held[t]
		for q := range need {
			least = max(least, s.quantile(t, q, float64(active), single))
			need[q] = least
		}
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, need[0]), append(f.NeedQ90, need[1])
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, need[2]), append(f.NeedQ99, need[3])
	}
	f.ExpectedCold, f.Evidence = s.outlook.cold, s.outlook.evidence
}
