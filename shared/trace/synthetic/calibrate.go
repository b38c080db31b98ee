package synthetic

import (
	"math"

	"prewarm/shared/trace"
)

// rareStarts bounds the cold starts a month of rare functions: they have fewer.
const rareStarts = 10

// model is a region with the parameters that make generated functions meet its
// published statistics.
type model struct {
	region
	from, to float64 // its functions are this part of all functions, as shares
	shape    shape
	timers   []float64  // weights of timerPeriods
	onHour   float64    // share of timers that run on the full hour
	crowd    float64    // share of other cold starts that are moved to minute :00
	starts   popularity // cold starts of functions that no timer calls
}

// newModels calibrates all regions, which takes some ten milliseconds.
func newModels() []model {
	var models []model
	all, from := 0.0, 0.0
	for _, r := range regions() {
		all += r.functions
	}
	for _, r := range regions() {
		m := model{region: r, from: from / all, to: (from + r.functions) / all, shape: shapeOf(r)}
		m.setTimers()
		m.setCrowd()
		m.setStarts()
		models = append(models, m)
		from += r.functions
	}
	return models
}

// timerHours is the number of hours with a cold start of the mean timer, relative to
// the mean function. It is not published; with this value each region can meet its
// other statistics.
const timerHours = 0.8

// timerPeriods returns the periods in minutes of timers that are not rare, and
// how common each is before calibration. At two minutes a timer fires just
// after the keep-alive of 60 s has ended.
func timerPeriods() (periods []int, weights []float64) {
	return []int{2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320},
		[]float64{1, 0.5, 2, 1.5, 1, 0.5, 1.5, 2, 0.5, 0.3, 0.3, 0.5, 0.3, 1, 3, 0.3, 0.2}
}

// rarePeriods returns the periods of rare timers: 1 to 9 runs a month.
func rarePeriods() []int {
	return []int{5 * trace.MinutesPerDay, 7 * trace.MinutesPerDay, 10 * trace.MinutesPerDay, 15 * trace.MinutesPerDay, monthMinutes}
}

// runs returns the number of runs of a timer in a month, and of hours with a run.
func runs(period int) (n, hours float64) {
	n = monthMinutes / float64(period)
	return n, math.Min(n, monthHours)
}

// setTimers weights the periods such that timers have their share of the cold starts
// and of the hours with one. The weights are tilted exponentially,
//
//	w' = w exp(a runs + b hours) / sum
//
// which of all weights with these two means is closest to w in relative entropy.
func (m *model) setTimers() {
	rareRuns := 0.0
	for _, p := range rarePeriods() {
		rareRuns += monthMinutes / float64(p) / float64(len(rarePeriods()))
	}
	// of removes what the rare functions contribute from a mean over all functions.
	of := func(total float64) float64 { return (total - m.rare*rareRuns) / (1 - m.rare) }
	wantRuns := of(timerStarts * m.coldStarts / (timerFunctions * m.functions))
	wantHours := of(timerHours * m.hours / m.functions)
	// Two nested bisections, as each mean rises with its own parameter: inner meets
	// the runs for a given b, the outer one meets the hours.
	inner := func(b float64) float64 {
		return bisect(-60, 60, func(a float64) float64 { r, _ := meanRuns(tilt(a, b)); return r - wantRuns })
	}
	b := bisect(-60, 60, func(b float64) float64 { _, h := meanRuns(tilt(inner(b), b)); return h - wantHours })
	m.timers = tilt(inner(b), b)
}

// tilt returns the weights of timerPeriods times exp(a runs + b hours), divided by
// their sum. runs and hours are relative to their maximum.
func tilt(a, b float64) []float64 {
	periods, weights := timerPeriods()
	most, _ := runs(periods[0])
	sum := 0.0
	for i, p := range periods {
		n, hours := runs(p)
		weights[i] *= math.Exp(a*n/most + b*hours/monthHours)
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

// meanRuns returns the mean of runs and hours in a month.
func meanRuns(weights []float64) (meanN, meanHours float64) {
	periods, _ := timerPeriods()
	for i, p := range periods {
		n, hours := runs(p)
		meanN += weights[i] * n
		meanHours += weights[i] * hours
	}
	return meanN, meanHours
}

// setCrowd moves timers to the full hour until they give the region's rate at minute
// :00. If all of them are not enough, other cold starts are moved there as well.
func (m *model) setCrowd() {
	periods, _ := timerPeriods()
	all, onTheHour := 0.0, 0.0
	for i, p := range periods {
		n, _ := runs(p)
		all += m.timers[i] * n
		onTheHour += m.timers[i] * n * float64(min(p, 60)) // relative to the mean minute
	}
	const others = 1 - timerStarts
	full := onTheHour / all
	// Timers on the full hour call there `full` times as often as a mean minute.
	// onHour solves others + timerStarts·(1 + onHour·(full-1)) = onTheHour.
	m.onHour = math.Min(1, ((m.onTheHour-others)/timerStarts-1)/(full-1))
	ofOthers := (m.onTheHour - timerStarts*(1+m.onHour*(full-1))) / others
	// A share c of starts moved to minute 0 makes its rate 1 + 59·c of the mean
	// minute.
	m.crowd = math.Max(0, (ofOthers-1)/59)
}

// popularity is the number of cold starts a month of the functions that are not rare,
// for the share y of less popular ones among them:
//
//	10 exp(top y^steep)
type popularity struct{ top, steep float64 }

// at returns the number for the share y, 0 to 1.
func (p popularity) at(y float64) float64 {
	return rareStarts * math.Exp(p.top*math.Pow(y, p.steep))
}

// mean returns the mean of a function of the number of cold starts, by the midpoint
// rule over y.
func (p popularity) mean(of func(starts float64) float64) float64 {
	const points = 100
	sum := 0.0
	for i := range points {
		sum += of(p.at((float64(i) + 0.5) / points))
	}
	return sum / points
}

// setStarts fits the popularity to two statistics. Its mean is the part of the cold
// starts that timers and rare functions leave. The ratio of its maximum to the mean
// follows from the hours with a cold start: the more cold starts a few functions
// have, the fewer are the hours.
func (m *model) setStarts() {
	const meanRare = rareStarts / 2
	of := func(total, rare float64) float64 { return (total - m.rare*rare) / (1 - m.rare) }
	others := (1 - timerFunctions) * m.functions
	wantStarts := of((1-timerStarts)*m.coldStarts/others, meanRare)
	wantHours := of((1-timerFunctions*timerHours)*m.hours/others, meanRare)
	fit := func(ratio float64) popularity {
		// At y = 1 the number is 10·exp(top), so top fixes the maximum and steep is
		// left to meet the mean.
		p := popularity{top: math.Log(ratio * wantStarts / rareStarts)}
		p.steep = bisect(0.05, 60, func(steep float64) float64 {
			return wantStarts - popularity{p.top, steep}.mean(func(starts float64) float64 { return starts })
		})
		return p
	}
	m.starts = fit(bisect(1.5, 300, func(ratio float64) float64 {
		return wantHours - fit(ratio).mean(hoursOf)
	}))
}

// bisect returns the zero of the rising function f, or the nearer bound if there is
// none between them. 30 halvings make the interval 10⁻⁹ of its length.
func bisect(low, high float64, f func(float64) float64) float64 {
	for range 30 {
		middle := (low + high) / 2
		if f(middle) > 0 {
			high = middle
		} else {
			low = middle
		}
	}
	return (low + high) / 2
}
