package invocation_test

import (
	"slices"
	"testing"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// A store federates two gateways from another one, with honor_labels off: instance and job
// are those of the other store, whose own up goes on for ever. One gateway ends, and the
// steps after that are known all the same.
func TestFederatedGatewaysAreTargetsOfTheirOwn(t *testing.T) {
	st := &store{}
	for at := int64(7); at < 630; at += 15 {
		t := epoch + at*second
		st.add(invocation.Up, t, 1, map[string]string{"instance": "prometheus:9090", "job": "federate"})
		for i, gateway := range []string{"gw-1:8082", "gw-2:8082"} {
			if i == 1 && at > 200 {
				continue
			}
			fn := map[string]string{"instance": "prometheus:9090", "job": "federate", "exported_instance": gateway, "exported_job": "gateway", "function_name": "f"}
			st.add(invocation.Deployed, t, 1, fn)
			st.add(invocation.Started, t, float64(at/15), fn)
			ok := map[string]string{"code": "200"}
			for name, value := range fn {
				ok[name] = value
			}
			st.add(invocation.Ended, t, float64(at/15), ok)
			st.add(invocation.Seconds, t, float64(at/15), ok)
		}
	}
	f := measure(t, st)
	if f.Calls[1] != 8 || f.Calls[8] != 4 {
		t.Errorf("four calls a minute of each gateway: got %v", f.Calls)
	}
	if last := f.Quality[6:]; slices.Min(last) != invocation.Known {
		t.Errorf("one gateway has ended, the other is measured: got %v", f.Quality)
	}
}

// A counter is never negative, and what a broken exporter writes is no restart.
func TestANegativeCounterIsNoSample(t *testing.T) {
	st := steady(10)
	for i := range st.series {
		if s := &st.series[i]; s.Labels["__name__"] == invocation.Started {
			s.Samples[10] = prom.Sample{T: s.Samples[10].T, V: -5}
		}
	}
	if f := measure(t, st); slices.Max(f.Calls) > 3 {
		t.Errorf("two calls a minute: got %v", f.Calls)
	}
}
