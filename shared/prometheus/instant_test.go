package prometheus_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
)

func TestInstantPassesOneValueOfEachSeries(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       map[string]float64
		err        error
	}{
		{"values", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"f":"a"},"value":[1001.5,"2"]},{"metric":{},"value":[1,"NaN"]}]}}`, map[string]float64{"a": 2}, nil},
		{"none", `{"status":"success","data":{"resultType":"vector","result":[]}}`, map[string]float64{}, nil},
		{"none, as null", `{"status":"success","data":{"resultType":"vector","result":null}}`, map[string]float64{}, nil},
		{"a matrix", `{"status":"success","data":{"resultType":"matrix","result":[]}}`, map[string]float64{}, prom.ErrMalformed},
		{"no value", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"f":"a"}}]}}`, map[string]float64{}, prom.ErrMalformed},
		{"a scalar in place of a sample", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":3}]}}`, map[string]float64{}, prom.ErrMalformed},
		{"not whole", `{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}}`, map[string]float64{}, prom.ErrPartial},
	} {
		var query string
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query = r.FormValue("query") + "@" + r.FormValue("time")
			io.WriteString(w, c.body)
		}))
		client := prom.New(prom.Config{URL: srv.URL, Matchers: []prom.Matcher{{Label: "cluster", Op: "=", Value: "eu"}}}, nil)
		got := map[string]float64{}
		err := client.Instant(context.Background(), "sum("+client.Selector("calls")+")", time.UnixMilli(1500), func(s prom.Series) error {
			got[s.Labels["f"]] = s.Samples[0].V
			return nil
		})
		srv.Close()
		if !errors.Is(err, c.err) || len(got) != len(c.want) || got["a"] != c.want["a"] || query != `sum(calls{cluster="eu"})@1.500` {
			t.Errorf("%s: got %v, %v for %s", c.name, got, err, query)
		}
	}
}

// FuzzInstant: any answer is read or refused, and gives one finite value per series.
func FuzzInstant(f *testing.F) {
	f.Add([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"f":"a"},"value":[1001.5,"2"]}]}}`))
	f.Add([]byte(`{"data":{"result":[{"value":[1,"x"]}],"resultType":"vector"},"status":"success"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		client := prom.New(prom.Config{URL: "http://store"}, &http.Client{Transport: answering(body)})
		err := client.Instant(context.Background(), "x", time.Unix(1, 0), func(s prom.Series) error {
			if len(s.Samples) != 1 {
				t.Fatalf("%d samples", len(s.Samples))
			}
			return nil
		})
		if err == nil && len(body) == 0 {
			t.Fatal("an empty answer was accepted")
		}
	})
}

// answering is a transport with one answer.
type answering []byte

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Write(a)
	return w.Result(), nil
}
