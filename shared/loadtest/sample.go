package loadtest

import "prewarm/shared/capacity"

// Sample is one run with its answer.
type Sample struct {
	X        capacity.Vector
	Replicas int // the answer, 1 to capacity.MaxReplicas
	Ready    int // replicas that the run had, 0 if unknown
	Load     int // number of the load; all its runs are held out together
}

// Samples returns the training data of the replica model: the features of each run,
// whatever its number of replicas, with the fewest replicas that its load needs.
// The runs of a load follow each other. It leaves out loads that met the objective
// at no number of replicas, and runs without answers.
func Samples(rows []Row, o Objective) []Sample {
	var samples []Sample
	for i, l := range Labels(rows, o) {
		// The load needs more replicas than were measured: how many is unknown.
		if l.Replicas == 0 {
			continue
		}
		for _, r := range rows {
			if l.Load == (Load{r.Rate, r.Concurrency}) && r.Status[NoAnswer] < r.Requests {
				samples = append(samples, Sample{X: r.Features(), Replicas: l.Replicas, Ready: r.Replicas, Load: i})
			}
		}
	}
	return samples
}

// Features returns the features of a run. Answers with 4xx and 5xx count as failed,
// and so do calls without an answer, which have no latency.
func (r Row) Features() capacity.Vector {
	ok := float64(r.Status[Status2xx])
	x := capacity.Vector{r.RequestsPerSecond, r.ResponseBytes, capacity.ErrorShare(ok, float64(r.Requests)-ok), float64(r.Concurrency)}
	copy(x[4:], r.Latency[:])
	return x
}
