package prometheus_test

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
)

// functions and codes are the size of the answer that the benchmark reads: 40,000 series of 60
// samples, 15 minutes scraped every 15 s, with the labels that Kubernetes adds. It has 85 MB.
const functions, codes = 10_000, 4

// largeAnswer returns a reader of the answer, which is not in memory as a whole: the
// series of one function are repeated.
func largeAnswer() io.Reader {
	var values []string
	for i := range 60 {
		values = append(values, fmt.Sprintf(`[%d.123,"%.6f"]`, 1795285013+15*i, 12345.678901+1.23456*float64(i)))
	}
	var one strings.Builder
	for code := range codes {
		fmt.Fprintf(&one, `{"metric":{"__name__":"gateway_functions_seconds_sum","app":"gateway","code":"20%d","function_name":"customer-function-00000.openfaas-fn",`+
			`"instance":"10.0.0.1:8082","job":"kubernetes-pods","kubernetes_namespace":"openfaas","kubernetes_pod_name":"gateway-6c94b87f84-xhqzb",`+
			`"pod_template_hash":"6c94b87f84"},"values":[%s]},`, code, strings.Join(values, ","))
	}
	readers := []io.Reader{strings.NewReader(`{"status":"success","data":{"resultType":"matrix","result":[`)}
	for range functions - 1 {
		readers = append(readers, strings.NewReader(one.String()))
	}
	readers = append(readers, strings.NewReader(strings.TrimSuffix(one.String(), ",")), strings.NewReader(`]}}`))
	return io.MultiReader(readers...)
}

// heap returns the bytes of objects that live or are not yet collected.
func heap() float64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64())
}

// whole reads the answer as a whole with encoding/json, and returns its bytes, the time, and
// the heap at the end.
func whole(b *testing.B) (size int64, took time.Duration, mb float64) {
	var all struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	start := time.Now()
	body, err := io.ReadAll(largeAnswer())
	if err == nil {
		err = json.Unmarshal(body, &all)
	}
	if err != nil || len(all.Data.Result) != functions*codes {
		b.Fatal(len(all.Data.Result), err)
	}
	return int64(len(body)), time.Since(start), heap() / 1e6
}

// BenchmarkEach decodes a large answer. It reports the time of encoding/json over its own,
// and the largest heap of both.
func BenchmarkEach(b *testing.B) {
	size, took, wholeMB := whole(b)
	runtime.GC()
	b.SetBytes(size)
	peak, series := 0.0, 0
	for b.Loop() {
		series = 0
		err := prom.EachIn(largeAnswer(), func(prom.Series) error {
			if series++; series%500 == 0 {
				peak = max(peak, heap()/1e6)
			}
			return nil
		})
		if err != nil || series != functions*codes {
			b.Fatal(series, err)
		}
	}
	b.ReportMetric(took.Seconds()*float64(b.N)/b.Elapsed().Seconds(), "x-encoding/json")
	b.ReportMetric(peak, "MB-peak")
	b.ReportMetric(wholeMB, "MB-encoding/json")
}
