package event

import "time"

// Decisions is the payload of TypeDecisions.
type Decisions struct {
	Decisions []Decision `json:"decisions"`
}

// Decision is what the scaler decided for one function at one step.
type Decision struct {
	Function  string    `json:"function"`  // name.namespace
	Step      int64     `json:"step"`      // Unix seconds, origin of the forecast
	Time      time.Time `json:"time"`      // when it was made
	Mode      string    `json:"mode"`      // off, observe or active
	Actuator  string    `json:"actuator"`  // controller that sets the replicas: gateway, hpa or keda
	Direction string    `json:"direction"` // up, down or hold
	Current   int       `json:"current"`   // replicas desired before
	Available int       `json:"available"` // replicas ready before
	Wanted    int       `json:"wanted"`    // replicas that the policy wants
	Applied   int       `json:"applied"`   // replicas sent to the gateway, -1 if none were sent
	Observed  int       `json:"observed"`  // replicas that the gateway reported afterwards, -1 if not read
	Reason    string    `json:"reason"`
	Model     string    `json:"model"` // version of the model that made the forecast
	Inputs    Inputs    `json:"inputs"`
}

// Inputs are the numbers that a decision rests on.
type Inputs struct {
	CostRatio         float64 `json:"cost_ratio"`
	LookaheadSteps    int     `json:"lookahead_steps"`
	ReadinessSeconds  float64 `json:"readiness_seconds"`  // P90 of the start time
	ReadinessMeasured bool    `json:"readiness_measured"` // false: ReadinessSeconds is assumed
	PActive           float64 `json:"p_active"`           // probability of a call within the lookahead
	PMore             float64 `json:"p_more"`             // upper bound on the probability that more are needed than wanted before bounds
	RecentNeed        int32   `json:"recent_need"`        // need of the last step, -1 if unknown
	InFlight          int     `json:"in_flight"`
	Min               int     `json:"min"`
	Max               int     `json:"max"`
	ExpectedCold      float64 `json:"expected_cold"`
	// CallsPerReplica is the calls per second that each replica carries, 0 if that is
	// unknown. CapacityModel is the replica model that it comes from, empty if the rate
	// follows by Little's law.
	CallsPerReplica float64 `json:"calls_per_replica"`
	CapacityModel   string  `json:"capacity_model"`
}
