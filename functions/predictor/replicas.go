package predictor

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"

	"prewarm/models"
	"prewarm/shared/capacity"
	"prewarm/shared/event"
)

// replicaModel is the replica model and the capacity of the functions that it covers.
// The zero value covers none.
type replicaModel struct {
	model    *capacity.Model // nil if there is none
	capacity *event.Capacity // nil if the model does not know what replicas carry
}

// loadReplicaModel reads the model at path, or the embedded one if path is empty. A
// file without a model is not an error: the predictor then works without one.
func loadReplicaModel(path string) (replicaModel, error) {
	m, err := openReplicaModel(path)
	if errors.Is(err, capacity.ErrNoModel) {
		return replicaModel{}, nil
	}
	if err != nil {
		return replicaModel{}, fmt.Errorf("replica_model: %w", err)
	}
	r := replicaModel{model: m}
	if len(m.Carry) > 0 {
		r.capacity = &event.Capacity{Model: m.String(), From: m.LowestRate, Carry: m.Carry}
	}
	return r, nil
}

// openReplicaModel reads the model at path, or the embedded one. It returns
// capacity.ErrNoModel if the file holds none.
func openReplicaModel(path string) (*capacity.Model, error) {
	if path == "" {
		return models.Replicas()
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return capacity.Load(file)
}

// covers reports whether the model applies to a function: it was measured on that
// function, or the function asks for it by its name.
func (r replicaModel) covers(w *event.FunctionWindow) bool {
	if r.capacity == nil {
		return false
	}
	name := r.model.About.Name
	// The annotation wins over the name: a function can decline the model by asking
	// for another.
	return w.ReplicaModel == name || (w.ReplicaModel == "" && w.Function == name)
}

// describe adds to an observation what one replica carries: as the owner of the function
// states it, otherwise by Little's law and by the load test. A load test is not asked if
// there is a statement, also one of the calls at a time.
func (r replicaModel) describe(o *event.Observation, w *event.FunctionWindow) {
	if w.CallsPerReplica > 0 {
		o.CarriesBy = cmp.Or(w.CarriesBy, "calls_per_replica")
		o.LoadRate, o.Capacity = w.CallsPerReplica, event.Stated(w.CallsPerReplica, o.CarriesBy)
		return
	}
	// Little's law: a replica that serves c calls at a time, each for d seconds,
	// carries c/d calls per second. Without a measured duration, or with one so
	// short that the rate does not fit a message, the field stays 0.
	if d := w.MeanDuration(); d > 0 && w.Concurrency/d <= math.MaxFloat32 {
		o.LoadRate = w.Concurrency / d
	}
	if w.CarriesBy == "" && r.covers(w) {
		o.Capacity = r.capacity
	}
}
