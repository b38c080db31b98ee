// Package capacity is the replica model: from the features of a load, measured by
// a load test or over a minute of traffic, it predicts how many replicas the load
// needs. Package fit trains it.
package capacity

import "prewarm/shared/forest"

// MaxReplicas is the largest answer, in training as in prediction.
const MaxReplicas = 100

// Model is a trained model. It predicts the demand that one replica carries,
// given how the load looks:
//
//	replicas = ceil(Staffed(x) / c(x)),  log c(x) = Level[kind of x] + Forest(x)
//
// Staffed is the demand in replicas, with a reserve for waits. A forest alone
// cannot extrapolate: beyond the load test it predicts the value of the nearest
// tested load. Since the demand is outside of the forest, the replicas of such loads
// grow in proportion to it.
//
// A Model is safe for concurrent use as long as nobody changes its fields.
type Model struct {
	About       About
	Mean, Scale Vector         // mean and standard deviation of the features in training
	Low, High   Vector         // range of the features in training
	Service     float64        // seconds of a call that does not wait
	Reserve     float64        // 0 to 10, see Staffed
	Spread      [2]float64     // 5 % and 95 % quantiles of the error of log c on held-out loads
	LowestRate  float64        // lowest rate of the load test in calls per second
	Carry       []float64      // calls per second that 1, 2, ... replicas carry; empty if unknown
	Level       [Kinds]float64 // mean log c of each kind of load
	Seen        [Kinds]bool    // kinds that the training had
	Forest      *forest.Forest // Columns to the deviation of log c from its level; nil for none
	version     string         // identity of the file that it was read from
}

// About says what a model was trained from.
type About struct {
	Name      string // of the function that was tested
	Objective string // in words
}

// String returns name and version.
func (m *Model) String() string { return m.About.Name + " " + m.version }

// LogCapacity returns log c(x), the logarithm of the demand that a replica carries.
func (m *Model) LogCapacity(x Vector) float64 {
	level := m.Level[x.Kind()]
	if m.Forest == nil {
		return level
	}
	row, out := make([]float32, 0, Columns), make([]float32, 1)
	return level + float64(m.Forest.Predict(out, m.AppendColumns(row, x))[0])
}
