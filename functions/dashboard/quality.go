package dashboard

import (
	"math"

	"prewarm/shared/event"
)

// Bounds of what is kept about the quality of forecasts.
const (
	qualityBins  = 64  // of probability, finer near 0 where rare calls lie
	qualityHours = 168 // hours of steps
	hourSteps    = 60
)

// bin counts forecasts of similar probability.
type bin struct {
	n, active uint32  // forecasts, and how many steps then had a call
	sum       float64 // of the probabilities
}

// histogram counts forecasts of one lead by their probability.
type histogram [qualityBins]bin

func (h *histogram) add(p float64, active bool) {
	b := &h[min(qualityBins-1, int(math.Sqrt(p)*qualityBins))]
	b.n++
	b.sum += p
	if active {
		b.active++
	}
}

func (h *histogram) merge(o *histogram) {
	for i := range h {
		h[i].n += o[i].n
		h[i].active += o[i].active
		h[i].sum += o[i].sum
	}
}

func (h *histogram) totals() (n, active uint32) {
	for _, b := range h {
		n += b.n
		active += b.active
	}
	return n, active
}

// averagePrecision is the area under precision over recall in steps, with the
// forecasts of one bin taken as tied:
//
//	AP = sum over bins, surest first, of (R_k - R_(k-1)) * P_k
//
// It is NaN where no step was active.
func (h *histogram) averagePrecision() float64 {
	_, total := h.totals()
	var seen, hits uint32
	ap := 0.0
	for i := qualityBins - 1; i >= 0; i-- {
		seen += h[i].n
		hits += h[i].active
		if h[i].active > 0 {
			ap += float64(h[i].active) * float64(hits) / float64(seen)
		}
	}
	return ap / float64(total)
}

// calibrationError is the mean distance between what was forecast and how often
// it happened, over bins weighted by their forecasts (the expected calibration
// error). It is NaN where nothing was forecast.
func (h *histogram) calibrationError() float64 {
	n, _ := h.totals()
	sum := 0.0
	for _, b := range h {
		sum += math.Abs(b.sum - float64(b.active))
	}
	return sum / float64(n)
}

// quality counts, per hour of steps and lead, what was forecast and happened.
type quality struct {
	hours map[int64]*[len(leads)]histogram // by step / (hourSteps * length of a step)
	last  int64                            // newest hour
}

func newQuality() *quality { return &quality{hours: map[int64]*[len(leads)]histogram{}} }

// add compares the newest known step of a forecast with what was forecast for
// it before. p is the past before the forecast is taken.
func (q *quality) add(p *past, f *event.Forecast) {
	seconds := int64(f.StepSeconds)
	if len(f.Recent) == 0 || p.seconds != seconds {
		return
	}
	need, step := f.Recent[len(f.Recent)-1], f.Origin-seconds
	m := p.at(step, seconds)
	if need < 0 || step < 0 || m == nil || m.need >= 0 {
		return // unknown, or counted before
	}
	for i := range leads {
		if m.chance[i] >= 0 {
			q.hour(step / (hourSteps * seconds))[i].add(float64(m.chance[i]), need > 0)
		}
	}
}

func (q *quality) hour(index int64) *[len(leads)]histogram {
	h := q.hours[index]
	if h == nil {
		h = &[len(leads)]histogram{}
		q.hours[index] = h
		q.last = max(q.last, index)
		for old := range q.hours {
			if old <= q.last-qualityHours {
				delete(q.hours, old)
			}
		}
	}
	return h
}

// qualityJSON is the quality of the forecasts of one lead over some time. What
// cannot be computed is null.
type qualityJSON struct {
	Lead             int             `json:"lead"`              // steps ahead
	Begin            int64           `json:"begin"`             // Unix seconds, 0 for all that is kept
	Forecasts        uint32          `json:"forecasts"`         // that were compared
	BaseRate         *float64        `json:"base_rate"`         // share of steps with a call
	AveragePrecision *float64        `json:"average_precision"` // 1 is perfect, the base rate is chance
	CalibrationError *float64        `json:"calibration_error"` // 0 is perfect
	Calibration      []calibratedBin `json:"calibration,omitempty"`
}

// calibratedBin compares forecasts of similar probability with what happened.
type calibratedBin struct {
	Forecast  float64 `json:"forecast"` // mean probability
	Happened  float64 `json:"happened"` // share of steps with a call
	Forecasts uint32  `json:"forecasts"`
}

func newQualityJSON(lead int, begin int64, h *histogram) qualityJSON {
	n, active := h.totals()
	return qualityJSON{
		Lead: lead, Begin: begin, Forecasts: n, BaseRate: finite(float64(active) / float64(n)),
		AveragePrecision: finite(h.averagePrecision()), CalibrationError: finite(h.calibrationError()),
	}
}

// finite returns nil for what is no number, which JSON cannot say.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = math.Round(v*1e4) / 1e4
	return &v
}

// deciles joins the bins into ten of equal width.
func (h *histogram) deciles() []calibratedBin {
	var joined [10]bin
	for _, b := range h {
		if b.n > 0 {
			j := &joined[min(9, int(10*b.sum/float64(b.n)))]
			j.n, j.active, j.sum = j.n+b.n, j.active+b.active, j.sum+b.sum
		}
	}
	out := []calibratedBin{}
	for _, b := range joined {
		if b.n > 0 {
			out = append(out, calibratedBin{
				Forecast: *finite(b.sum / float64(b.n)), Happened: *finite(float64(b.active) / float64(b.n)), Forecasts: b.n,
			})
		}
	}
	return out
}

// total returns the quality of each lead over all that is kept.
func (q *quality) total() []qualityJSON {
	var out []qualityJSON
	for i, lead := range leads {
		var h histogram
		for _, hour := range q.hours {
			h.merge(&hour[i])
		}
		one := newQualityJSON(lead, 0, &h)
		one.Calibration = h.deciles()
		out = append(out, one)
	}
	return out
}

// byHour returns the quality of each hour of steps, oldest first.
func (q *quality) byHour(seconds int64) []qualityJSON {
	out := []qualityJSON{}
	for index := q.last - qualityHours + 1; index <= q.last; index++ {
		for i, lead := range leads {
			if hour := q.hours[index]; hour != nil {
				if n, _ := hour[i].totals(); n > 0 {
					out = append(out, newQualityJSON(lead, index*hourSteps*seconds, &hour[i]))
				}
			}
		}
	}
	return out
}
