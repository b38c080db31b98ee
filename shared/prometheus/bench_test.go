package prometheus_test

import (
	"fmt"
	"strings"
	"testing"

	prom "prewarm/shared/prometheus"
)

// BenchmarkDecode decodes the answer for one metric of a usual tick with 1,000
// functions: four steps of a minute, scraped every 5 s.
func BenchmarkDecode(b *testing.B) {
	var all []string
	for fn := range 1000 {
		var values []string
		for i := range 48 {
			values = append(values, fmt.Sprintf(`[%d.459,"%d"]`, 1795285013+5*i, 1000*fn+i))
		}
		all = append(all, fmt.Sprintf(`{"metric":{"__name__":"gateway_function_invocation_started","function_name":"fn-%d.openfaas-fn","instance":"gateway:8082","job":"gateway"},"values":[%s]}`,
			fn, strings.Join(values, ",")))
	}
	body := []byte(matrix(strings.Join(all, ",")))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := prom.Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}
