package loadtest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"prewarm/shared/capacity"
	"prewarm/shared/trace"
)

// ReadHeyGrid reads the public table of load tests with hey. Its last column is the
// number of replicas that an HPA had at the time: the answer of a controller that
// lags behind the load, not what the load needed. Each run counts as a load of its
// own. An error names line, column and value.
func ReadHeyGrid(in io.Reader) ([]Sample, error) {
	columns := []string{"Requests/sec", "Size/request", "Status 200", "Status 500", "Concurrent requests",
		"10th percentile", "50th percentile", "75th percentile", "90th percentile", "99th percentile", "hello - Current replicas"}
	first, c, err := trace.ReadHeading(in)
	if err != nil {
		return nil, fmt.Errorf("loadtest: header: %w", err)
	}
	// Columns are found by their position, so that every name must be right.
	if !slices.Equal(first, columns) {
		return nil, fmt.Errorf("loadtest: the header must be %q, was: %.300q", columns, first)
	}
	var samples []Sample
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, fmt.Errorf("loadtest: %w", err)
		}
		s, err := heySample(record, columns)
		if err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("loadtest: line %d: %w", line, err)
		}
		// The table does not say which runs belong together.
		s.Load = len(samples)
		samples = append(samples, s)
	}
}

// heySample returns the sample of one record. A size is written as "28 bytes".
// The columns 200 and 500 become the share of errors. The last column is the answer, all
// others are features as they are.
func heySample(record, columns []string) (Sample, error) {
	var v [11]float64
	for i, text := range record {
		n, err := strconv.ParseFloat(strings.TrimSuffix(text, " bytes"), 64)
		if err != nil {
			return Sample{}, fmt.Errorf("%s must be a number, was: %.40q", columns[i], text)
		}
		v[i] = n
	}
	s := Sample{X: capacity.Vector{v[0], v[1], capacity.ErrorShare(v[2], v[3]), v[4], v[5], v[6], v[7], v[8], v[9]}, Replicas: int(v[10])}
	if v[10] != float64(s.Replicas) || s.Replicas < 1 || s.Replicas > capacity.MaxReplicas {
		return Sample{}, fmt.Errorf("%s must be a whole number from 1 to %d, was: %v", columns[10], capacity.MaxReplicas, v[10])
	}
	return s, s.X.Validate()
}
