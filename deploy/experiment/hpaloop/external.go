package hpaloop

import (
	"context"
	"fmt"
	"math"
	"time"

	"prewarm/deploy/local/controller"
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

// Wanted returns the external metric prewarm_wanted_replicas. It is read with query from
// the store. Each value must be a finite number of replicas of a function.
func Wanted(store controller.HTTPStore, query string) External {
	return func(ctx context.Context) (map[string]float64, error) {
		vector, err := store.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		values := make(map[string]float64, len(vector))
		for _, sample := range vector {
			v, name := float64(sample.Value), string(sample.Metric["function_name"])
			// Also NaN, which the HPA could not compare.
			if name == "" || !(v >= 0 && v <= math.MaxInt32) {
				return nil, fmt.Errorf("the store's answer must have finite replicas of a function, was: %v of %.100q", v, name)
			}
			values[name] = v
		}
		return values, nil
	}
}
