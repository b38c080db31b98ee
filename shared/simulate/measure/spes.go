package measure

// SPES is the protocol of the paper on SPES. A function has one instance, which is warm or
// not, however many replicas a policy has. A minute with calls that finds it cold is one
// cold start, and the function is in use in this minute alone: durations play no role.
//
//	rate = cold minutes / invocations, of functions with invocations
//	wasted memory time = minutes warm without an invocation, of all functions
//
// Source: Lee et al., "SPES: Towards Optimizing Performance-Resource Trade-Off for
// Serverless Functions", ICDE 2024; percentiles as in the authors' notebook,
// github.com/BEbillionaireUSD/SPES. The paper scores the last two of the 14 days of the
// Azure trace, after twelve days of history.
type SPES struct {
	Rates

	ColdMinutes   int64 `json:"cold_minutes"`
	WastedMinutes int64 `json:"wasted_minutes"` // function-minutes
}

// instance adds up the minutes of one instance: of a function, or of an application.
type instance struct{ calls, active, cold, wasted int64 }

// add adds a minute.
func (i *instance) add(calls int64, warm bool) {
	i.calls += calls
	switch {
	case calls > 0:
		i.active++
		if !warm {
			i.cold++
		}
	case warm:
		i.wasted++
	}
}
