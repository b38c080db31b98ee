package synthetic

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/openfaas/faas-provider/types"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/deploy/local/gateway"
)

// function is the state of one function. Its parts of the list and of the metrics are
// rendered once after each change.
type function struct {
	name      string
	duration  time.Duration // of a call
	desired   uint64
	available uint64
	started   int
	ended     int

	status  []byte // in the list, nil if it has changed
	metrics []byte // lines of /metrics, nil if they have changed
}

// label is the name of the function in metrics.
func (f *function) label() string { return f.name + "." + gateway.Namespace }

// changed has the function rendered again.
func (f *function) changed() { f.status, f.metrics = nil, nil }

// listed returns the function as the gateway lists it. deployed has what all functions share.
func (f *function) listed(deployed types.FunctionStatus) []byte {
	if f.status == nil {
		s := deployed
		s.Name, s.Replicas, s.AvailableReplicas, s.InvocationCount = f.name, f.desired, f.available, float64(f.ended)
		labels := map[string]string{"faas_function": f.name}
		for name, value := range *deployed.Labels {
			labels[name] = value
		}
		s.Labels = &labels
		f.status, _ = json.Marshal(s) // of strings and numbers: it cannot fail
	}
	return f.status
}

// rendered returns the lines of the function in /metrics: all metrics that the gateway of
// OpenFaaS has of a function, of which all calls answered 200.
func (f *function) rendered() []byte {
	if f.metrics == nil {
		b := make([]byte, 0, 2048)
		b = fmt.Appendf(b, "gateway_service_count{function_name=%q} %d\n", f.label(), f.desired)
		b = fmt.Appendf(b, "gateway_function_invocation_started{function_name=%q} %d\n", f.label(), f.started)
		b = fmt.Appendf(b, "gateway_function_invocation_total{code=\"200\",function_name=%q} %d\n", f.label(), f.ended)
		for _, bound := range prometheus.DefBuckets {
			n := 0
			if f.duration.Seconds() <= bound {
				n = f.ended
			}
			b = f.bucket(b, strconv.FormatFloat(bound, 'g', -1, 64), n)
		}
		b = f.bucket(b, "+Inf", f.ended)
		b = fmt.Appendf(b, "gateway_functions_seconds_sum{code=\"200\",function_name=%q} %v\n", f.label(), f.seconds())
		f.metrics = fmt.Appendf(b, "gateway_functions_seconds_count{code=\"200\",function_name=%q} %d\n", f.label(), f.ended)
	}
	return f.metrics
}

// seconds returns the durations of all calls that have ended.
func (f *function) seconds() float64 { return float64(f.ended) * f.duration.Seconds() }

// bucket appends a line of the histogram.
func (f *function) bucket(b []byte, bound string, n int) []byte {
	return fmt.Appendf(b, "gateway_functions_seconds_bucket{code=\"200\",function_name=%q,le=%q} %d\n", f.label(), bound, n)
}
