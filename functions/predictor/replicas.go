package predictor

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/models"
	"prewarm/shared/capacity"
	"prewarm/shared/event"
)

// predictPath is where the replica model answers.
const predictPath = "predict"

// maxFeatures bounds a posted set of features in bytes.
const maxFeatures = 16 << 10

// replicaModel is the replica model and what it says of the functions that it
// covers. The zero value covers none.
type replicaModel struct {
	model    *capacity.Model // nil where there is none
	capacity *event.Capacity // nil where the model does not know what replicas carry
}

// loadReplicas reads the model at path, the embedded one where path is empty.
// That there is none is no error.
func loadReplicas(path string) (replicaModel, error) {
	m, err := openReplicas(path)
	if errors.Is(err, capacity.ErrNoModel) {
		return replicaModel{}, nil
	}
	if err != nil {
		return replicaModel{}, fmt.Errorf("replica_model: %w", err)
	}
	r := replicaModel{model: m}
	if from, carry := m.Carry(); len(carry) > 0 {
		r.capacity = &event.Capacity{Model: m.String(), From: from, Carry: carry}
	}
	return r, nil
}

func openReplicas(path string) (*capacity.Model, error) {
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

// covers reports whether the model speaks of a function: it was measured on it,
// or the function asks for it.
func (r replicaModel) covers(w *event.FunctionWindow) bool {
	if r.capacity == nil {
		return false
	}
	name := r.model.About().Name
	return w.ReplicaModel == name || (w.ReplicaModel == "" && w.Function == name)
}

// describe adds to a forecast what one replica carries.
func (r replicaModel) describe(f *event.Forecast, w *event.FunctionWindow) {
	if d := w.MeanDuration(); d > 0 && w.Concurrency/d <= math.MaxFloat32 {
		f.LoadRate = w.Concurrency / d
	}
	if r.covers(w) {
		f.Capacity = r.capacity
	}
}

// predict answers posted features with the replicas that they need: JSON, or
// where the caller accepts text/csv a row of the log of predictions. Nothing is
// applied. Every answer is logged.
func (p *Predictor) predict(req handler.Request) (answer, error) {
	if p.replicas.model == nil {
		return answer{}, capacity.ErrNoModel
	}
	if len(req.Body) > maxFeatures {
		return answer{}, fmt.Errorf("%w: at most %d bytes, was: %d", event.ErrTooLarge, maxFeatures, len(req.Body))
	}
	x, err := capacity.FromJSON(req.Body)
	if err != nil {
		return answer{}, err
	}
	a := p.replicas.model.Predict(x)
	p.log.Info("replicas predicted", "features", x, "predicted", a.Replicas, "applied", notApplied, "function", p.replicas.model.About().Name, "model", a.Model)
	if strings.Contains(req.Header.Get("Accept"), mediaCSV) {
		body, err := predictionCSV(p.now(), x, a.Replicas, p.replicas.model.About().Name)
		return answer{media: mediaCSV, body: body}, err
	}
	body, err := json.Marshal(a)
	return answer{media: mediaJSON, body: body}, err
}

// notApplied stands for replicas that nobody was told, as in event.Decision.
const notApplied = -1

// predictionCSV returns the names of the columns and one row.
func predictionCSV(now time.Time, x capacity.Vector, predicted int, function string) ([]byte, error) {
	names, row := []string{"timestamp"}, []string{now.UTC().Format(time.RFC3339Nano)}
	for i, name := range capacity.Names() {
		names, row = append(names, name), append(row, strconv.FormatFloat(x[i], 'g', -1, 64))
	}
	names = append(names, "predicted", "applied", "function")
	row = append(row, strconv.Itoa(predicted), strconv.Itoa(notApplied), function)
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	err := w.WriteAll([][]string{names, row})
	return out.Bytes(), err
}
