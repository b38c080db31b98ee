package scaler

import (
	"net/http/httptest"
	"testing"

	"prewarm/shared/openfaas"
)

// BenchmarkRead compares what a list costs per function with what one function costs that is
// read by itself, with a gateway that is reached by HTTP in this process. Their ratio is the
// order of listShare.
func BenchmarkRead(b *testing.B) {
	const functions = 10_000
	srv := httptest.NewServer(newBenchGateway(functions))
	defer srv.Close()
	client, err := openfaas.New(openfaas.Config{URL: srv.URL, Namespaces: []string{"openfaas-fn"}})
	if err != nil {
		b.Fatal(err)
	}
	measure := func(name string, each int, read func() error) {
		b.Run(name, func(b *testing.B) {
			began := cpuTime()
			for range b.N {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-began).Microseconds())/float64(b.N*each), "cpu-µs/function")
		})
	}
	measure("list", functions, func() error { _, err := client.List(b.Context()); return err })
	measure("one", 1, func() error { _, err := client.Function(b.Context(), benchName(7)); return err })
}
