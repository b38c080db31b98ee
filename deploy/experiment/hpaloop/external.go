package hpaloop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/common/model"

	"prewarm/deploy/replay/scrape"
)

// Query returns the query of kubernetes/values/prometheus-adapter.yaml, for all
// functions. maxAge is the age on the clock from which a decision is ignored.
// The first condition leaves out functions that another actuator scales. The second one
// drops the metric if the scaler has stopped: the HPA then scales out by CPU alone, and does
// not scale in.
func Query(maxAge time.Duration) string {
	return fmt.Sprintf(`max by (function_name) (prewarm_wanted_replicas{function_name!=""})`+
		` and on (function_name) prewarm_function_actuator{mode="active",actuator="hpa"}`+
		` and on (function_name) (time() - prewarm_decision_timestamp_seconds < %g)`, maxAge.Seconds())
}

// maxAnswer bounds the answer of the store, in bytes.
const maxAnswer = 16 << 20

// Wanted returns the external metric prewarm_wanted_replicas. It is read with query from
// the Prometheus HTTP API of the store at storeURL.
func Wanted(storeURL, query string, client *http.Client) External {
	address := storeURL + "/api/v1/query?" + url.Values{"query": {query}}.Encode()
	return func(ctx context.Context) (map[string]float64, error) {
		answer, err := scrape.Get(ctx, client, address)
		if err != nil {
			return nil, err
		}
		defer answer.Close()
		body, err := io.ReadAll(io.LimitReader(answer, maxAnswer))
		if err != nil {
			return nil, err
		}
		return decodeVector(body)
	}
}

// decodeVector returns the values by function_name in the answer to a query. Each must
// be a finite number of replicas.
func decodeVector(body []byte) (map[string]float64, error) {
	var answer struct {
		Data struct {
			Type   string       `json:"resultType"`
			Result model.Vector `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("the store's answer: %w", err)
	}
	if answer.Data.Type != model.ValVector.String() {
		return nil, fmt.Errorf("the store's answer must be a vector, was: %.40q", answer.Data.Type)
	}
	values := make(map[string]float64, len(answer.Data.Result))
	for _, sample := range answer.Data.Result {
		v, name := float64(sample.Value), string(sample.Metric["function_name"])
		// Also NaN, which the HPA could not compare.
		if name == "" || !(v >= 0 && v <= math.MaxInt32) {
			return nil, fmt.Errorf("the store's answer must have finite replicas of a function, was: %v of %.100q", v, name)
		}
		values[name] = v
	}
	return values, nil
}
