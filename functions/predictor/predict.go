package predictor

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/capacity"
	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// predictPath is the path at which the replica model answers.
const predictPath = "predict"

// maxFeatures bounds a body with features, in bytes.
//
// The features are a few numbers, so this is ample; the bound keeps the JSON decoder
// from large bodies.
const maxFeatures = 16 << 10

// notApplied stands for replicas that were not sent to a gateway, as in
// event.Decision.
const notApplied = -1

// predict answers the features of a load with the replicas that they need: as JSON, or
// as CSV if accept asks for it. Nothing is scaled. Every answer is logged.
func (p *Predictor) predict(body []byte, accept string) (handler.Response, error) {
	model := p.replicas.model
	if model == nil {
		return handler.Response{}, capacity.ErrNoModel
	}
	if len(body) > maxFeatures {
		return handler.Response{}, fmt.Errorf("%w: at most %d bytes, was: %d", event.ErrTooLarge, maxFeatures, len(body))
	}
	x, err := capacity.FromJSON(body)
	if err != nil {
		return handler.Response{}, err
	}
	a, function := model.Predict(x), model.About.Name
	p.log.Info("replicas predicted", "features", x, "predicted", a.Replicas, "applied", notApplied, "function", function, "model", a.Model)
	if strings.Contains(accept, "text/csv") {
		return predictionCSV(p.now(), x, a.Replicas, function)
	}
	return serve.JSON(a)
}

// predictionCSV returns a row of column names and one of values. The first and the last
// columns are those of predictions.csv of the dashboard; the features are between them.
func predictionCSV(now time.Time, x capacity.Vector, predicted int, function string) (handler.Response, error) {
	names, row := []string{"timestamp"}, []string{now.UTC().Format(time.RFC3339Nano)}
	for i, name := range capacity.Names() {
		names, row = append(names, name), append(row, strconv.FormatFloat(x[i], 'g', -1, 64))
	}
	names = append(names, "predicted", "applied", "function")
	row = append(row, strconv.Itoa(predicted), strconv.Itoa(notApplied), function)
	var out bytes.Buffer
	err := csv.NewWriter(&out).WriteAll([][]string{names, row})
	return serve.CSV(out.Bytes()), err
}
