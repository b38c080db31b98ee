package hourly

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
)

// Reader holds what one goroutine needs for a forecast. In training it makes the
// examples of the parts of a model by the same steps; the model then needs only
// the parts that are used.
type Reader struct {
	model   *Model
	pooled  *pooled
	gaps    feature.Gaps
	history feature.History

	step, seriesStep *lstm.Workspace[float32]
	head, seriesHead *ridgeHead
	x                [max(Inputs, SeriesInputs)]float32
	out              [1]float32
	states           []float32         // MaxHours × Hidden of the function's network
	outs             [MaxHours]float32 // its output after each hour
	state            []float32         // Hidden of the series' network
	columns          [Columns]float32
}

// NewReader returns a reader with the parts of m.
func NewReader(m *Model) *Reader {
	r := &Reader{model: m, pooled: newPooled(&m.Gaps)}
	if m.Function != nil {
		r.step, r.head = lstm.NewWorkspace[float32](m.Function.Shape, 1), newRidgeHead(m.Function.Hidden)
		r.states = make([]float32, MaxHours*m.Function.Hidden)
	}
	if m.Series != nil {
		r.seriesStep, r.seriesHead = lstm.NewWorkspace[float32](m.Series.Shape, 1), newRidgeHead(m.Series.Hidden)
		r.state = make([]float32, m.Series.Hidden)
	}
	return r
}

// Read runs the network over MinHours to MaxHours hours of counts and writes the
// forest's row about them to dst, which takes Columns. phase is the feature.Phase
// of the first step. The forest is not asked: Refined and Renewal stay 0.
func (r *Reader) Read(dst []float32, counts []int32, phase int) Expected {
	e := r.runNetwork(counts)
	r.row(dst[:Columns], counts, phase)
	return e
}

// function forecasts from MinHours to MaxHours hours of calls: the network's
// forecast and the forest's, averaged with the weight of the model.
func (r *Reader) function(counts []int32, phase int) Expected {
	e := r.Read(r.columns[:], counts, phase)
	e.Renewal = float64(r.columns[renewalColumn])
	forest := float64(r.model.Forest.Predict(r.out[:], r.columns[:])[0])
	e.Refined = bound(e.Adapted + float64(r.model.ForestWeight)*(forest-e.Adapted))
	return e
}

// runNetwork runs the network over the hours of counts and adapts it to the cold
// starts that were observed after each hour but the last.
func (r *Reader) runNetwork(counts []int32) Expected {
	n := r.model.Function
	hours, first := hoursOf(counts)
	r.step.Start(1)
	for h := range hours {
		r.encode(r.x[:Inputs], counts[:first+(h+1)*Hour])
		n.Step(r.step, r.x[:Inputs])
		r.outs[h] = n.Head(r.out[:], r.step)[0]
		r.step.HiddenTo(r.states[h*n.Hidden:])
	}
	last := float64(r.outs[hours-1])
	e := Expected{Evidence: r.gaps.Active(), Plain: bound(last), Adapted: bound(last)}
	if r.model.Adapt.Gain == 0 {
		return e
	}
	state := func(h int) []float32 { return r.states[h*n.Hidden : (h+1)*n.Hidden] }
	r.head.reset(r.model.Adapt.Ridge)
	for h := range hours - 1 {
		from := first + (h+1)*Hour
		if s := summarise(counts, from, from+Hour); s.judged == Hour {
			r.head.learn(state(h), float64(s.cold)-float64(r.outs[h]))
		}
	}
	e.Adapted = bound(last + float64(r.model.Adapt.Gain)*r.head.correction(state(hours-1)))
	return e
}

// bound returns the number of cold starts within what is possible in an hour.
func bound(cold float64) float64 { return min(max(cold, 0), MaxColdStarts) }
