package hourly

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
)

// Reader is what one goroutine needs for a forecast. It also makes the rows that
// the parts of a model are trained on, by the same steps; the model then needs
// only the parts that are asked for.
type Reader struct {
	model   *Model
	pool    *pool
	calls   calls
	history feature.History
	said    Expected

	step, seriesStep *lstm.Workspace[float32]
	head, seriesHead *ridgeHead
	x                [max(Inputs, SeriesInputs)]float32
	out              [1]float32
	states           []float32 // MaxHours × Hidden of the function's network
	outs             [MaxHours]float32
	state            []float32 // Hidden of the series' network
	minutes          [feature.Columns]float32
	columns          [Columns]float32
}

// NewReader returns a reader with the parts of m.
func NewReader(m *Model) *Reader {
	r := &Reader{model: m, pool: newPool(&m.Gaps)}
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

// function forecasts from MinHours to MaxHours hours of calls.
func (r *Reader) function(counts []int32, phase int) Expected {
	r.network(counts)
	r.refine(counts, phase)
	return r.said
}

// hoursOf returns the number of whole hours of counts, and the steps before
// them, which the network reads as part of the first.
func hoursOf(counts []int32) (hours, first int) {
	hours = min(len(counts)/Hour, MaxHours)
	return hours, len(counts) - hours*Hour
}

// network runs the network over the hours of counts and adapts it to what came
// after each but the last.
func (r *Reader) network(counts []int32) {
	n := r.model.Function
	hours, first := hoursOf(counts)
	r.step.Start(1)
	for h := range hours {
		past := counts[:first+(h+1)*Hour]
		r.calls.read(past)
		encode(r.x[:Inputs], past, &r.calls, r.pool)
		n.Step(r.step, r.x[:Inputs])
		r.outs[h] = n.Head(r.out[:], r.step)[0]
		r.step.HiddenTo(r.states[h*n.Hidden:])
	}
	at := func(h int) []float32 { return r.states[h*n.Hidden : (h+1)*n.Hidden] }
	r.said = Expected{Evidence: r.calls.n}
	r.said.Plain = bound(float64(r.outs[hours-1]))
	r.said.Adapted = r.said.Plain
	if r.model.Adapt.Gain == 0 {
		return
	}
	r.head.reset(r.model.Adapt.Ridge)
	for h := range hours - 1 {
		from := first + (h+1)*Hour
		if t := count(counts, from, from+Hour); t.judged == Hour {
			r.head.learn(at(h), float64(t.cold)-float64(r.outs[h]))
		}
	}
	shift := float64(r.model.Adapt.Gain) * r.head.shift(at(hours-1))
	r.said.Adapted = bound(float64(r.outs[hours-1]) + shift)
}

func bound(cold float64) float64 { return min(max(cold, 0), MaxColdStarts) }

// refine weighs the forest's word against that of the network.
func (r *Reader) refine(counts []int32, phase int) {
	r.row(r.columns[:], counts, phase)
	r.said.Renewal = float64(r.columns[renewalColumn])
	forest := float64(r.model.Forest.Predict(r.out[:], r.columns[:])[0])
	r.said.Refined = bound(r.said.Adapted + float64(r.model.ForestWeight)*(forest-r.said.Adapted))
}
