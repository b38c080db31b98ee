package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/prometheus/common/model"
)

// Store answers queries.
type Store interface {
	// ByFunction returns the values of an instant query by their label function_name. A
	// function without a value is missing.
	ByFunction(ctx context.Context, query string) (map[string]float64, error)
}

// HTTPStore is the Store over the HTTP API of Prometheus.
type HTTPStore struct {
	URL    func() string // base, which a restart may change
	Client *http.Client
}

// maxAnswer bounds the answer of the store, in bytes.
const maxAnswer = 16 << 20

// ByFunction implements Store. An answer with a value that is not finite, or without the
// label function_name, is an error.
func (s HTTPStore) ByFunction(ctx context.Context, query string) (map[string]float64, error) {
	vector, err := s.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return byFunction(vector)
}

// Query returns the result of an instant query, which must be a vector.
func (s HTTPStore) Query(ctx context.Context, query string) (model.Vector, error) {
	address := s.URL() + "/api/v1/query"
	body, err := s.post(ctx, address, "application/x-www-form-urlencoded", url.Values{"query": {query}}.Encode())
	if err != nil {
		return nil, fmt.Errorf("query %.200s: %w", query, err)
	}
	return decodeVector(body)
}

// Import writes samples in the text format of Prometheus to the store. Only
// VictoriaMetrics has the path.
//
// Source: https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/
func (s HTTPStore) Import(ctx context.Context, samples string) error {
	_, err := s.post(ctx, s.URL()+"/api/v1/import/prometheus", "text/plain", samples)
	return err
}

// post returns the body of an answer with a status of 2xx.
func (s HTTPStore) post(ctx context.Context, address, kind, text string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	res, err := s.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("the store answered %s: %.200q", res.Status, body)
	}
	return body, err
}

// decodeVector decodes the answer to a query.
func decodeVector(body []byte) (model.Vector, error) {
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
	return answer.Data.Result, nil
}

// byFunction returns the values by function_name. Each must be finite, because NaN cannot
// be compared.
func byFunction(vector model.Vector) (map[string]float64, error) {
	values := make(map[string]float64, len(vector))
	for _, sample := range vector {
		v, name := float64(sample.Value), string(sample.Metric["function_name"])
		if name == "" || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the store's answer must have finite values of functions, was: %v of %.100q", v, name)
		}
		values[name] = v
	}
	return values, nil
}
