// Package scrape reads the metrics of a program over HTTP, in the text format of
// Prometheus.
package scrape

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

const (
	// timeout bounds one scrape.
	timeout = 10 * time.Second

	// maxBody bounds in bytes what is read of an answer.
	maxBody = 64 << 20
)

// Families are the metrics of one scrape by their name.
type Families map[string]*dto.MetricFamily

// Read scrapes the metrics at address.
func Read(ctx context.Context, client *http.Client, address string) (Families, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := Get(ctx, client, address)
	if err != nil {
		return nil, fmt.Errorf("metrics %w", err)
	}
	defer body.Close()
	families, err := Parse(io.LimitReader(body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("metrics %s: %w", address, err)
	}
	return families, nil
}

// Get returns the body of the answer of address, which must have status 200. The
// caller closes it.
func Get(ctx context.Context, client *http.Client, address string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	defer response.Body.Close()
	// Servers explain an error in their body; its begin is enough for a message.
	reason, _ := io.ReadAll(io.LimitReader(response.Body, 200))
	return nil, fmt.Errorf("%s answered %s: %q", address, response.Status, bytes.TrimSpace(reason))
}

// Parse reads the text format of Prometheus.
//
// The parser of prometheus/common v0.66.1 panics on some malformed label sets.
// The text is from another program, so a panic is returned as an error here.
func Parse(in io.Reader) (families Families, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			families, err = nil, fmt.Errorf("malformed text: %v", fault)
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(in)
}

// Function returns the label function_name of a metric, "" if it has none.
func Function(m *dto.Metric) string {
	for _, label := range m.GetLabel() {
		if label.GetName() == "function_name" {
			return label.GetValue()
		}
	}
	return ""
}
