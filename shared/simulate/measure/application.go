package measure

// Applications is the measure of the paper on the hybrid histogram. The application is
// loaded as a whole: it is warm in a minute if one of its functions is, and called if one
// of them is. Executions take no time, and all applications have the same memory.
//
//	cold-start share = minutes with calls that find it cold / invocations
//	wasted memory time = minutes warm without an invocation
//
// Source: Shahrad et al., "Serverless in the Wild", USENIX ATC 2020, section 5.1. The paper
// shows the 75th percentile of the shares against the wasted memory time relative to
// keep-alive of 10 minutes.
type Applications struct {
	Rates

	// ByMinute is the same spread with minutes with calls in place of invocations.
	ByMinute Rates `json:"by_minute"`

	ColdMinutes   int64 `json:"cold_minutes"`
	WastedMinutes int64 `json:"wasted_minutes"` // application-minutes
}

// applicationsOf returns the measure of all applications of a population.
func applicationsOf(instances []instance) Applications {
	var a Applications
	var shares, byMinute []float64
	for _, i := range instances {
		a.ColdMinutes += i.cold
		a.WastedMinutes += i.wasted
		if i.calls > 0 {
			shares = append(shares, float64(i.cold)/float64(i.calls))
			byMinute = append(byMinute, float64(i.cold)/float64(i.active))
		}
	}
	a.Rates, a.ByMinute = ratesOf(shares), ratesOf(byMinute)
	return a
}
