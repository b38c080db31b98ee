package level

// candidate is one simple forecast of the logarithm of a sample's largest load.
// With lag 0 it is the exponentially weighted mean of the loads before, otherwise
// the load lag steps ago.
type candidate struct {
	smoothing float64 // weight of the latest load in the mean, in (0, 1]
	lag       int     // steps
	// average takes the geometric mean of the load lag steps ago and the latest one.
	average bool
}

// candidates returns all that compete. The lags are the periods at which clocks
// repeat calls, in steps of a minute.
func candidates() [12]candidate {
	return [...]candidate{
		{smoothing: 1}, {smoothing: 0.5}, {smoothing: 0.2}, {smoothing: 0.05},
		{lag: 60}, {lag: 30}, {lag: 15}, {lag: 10}, {lag: 5},
		{lag: 60, average: true}, {lag: 30, average: true}, {lag: 5, average: true},
	}
}

// predict writes the candidate's prediction for each sample and the present, and
// its residuals.
func (l *Level) predict(c candidate) {
	mean := l.samples[0].before
	for i, s := range l.samples[:l.n+1] {
		if c.lag == 0 {
			mean += c.smoothing * (s.before - mean)
			l.predicted[i] = mean
		} else {
			l.predicted[i] = l.lagged(s, c)
		}
		if i < l.n {
			l.residuals[i] = residual{s.target - l.predicted[i], s.weight}
		}
	}
}

// lagged predicts s from the largest load one lag before it, or from the latest
// load if there were no calls then. Steps from the begin of s on are not read,
// even if the lag is shorter than the lookahead.
func (l *Level) lagged(s sample, c candidate) float64 {
	from := s.begin - c.lag
	i := l.busiest(from, min(from+l.ahead, s.begin))
	switch {
	case i < 0:
		return s.before
	case c.average:
		return (l.logLoad[i] + s.before) / 2
	}
	return l.logLoad[i]
}
