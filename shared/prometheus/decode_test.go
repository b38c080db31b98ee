package prometheus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	prom "prewarm/shared/prometheus"
)

// A store sends one series and waits with the rest of its answer until that series was
// taken.
func TestEachPassesASeriesWhileTheAnswerArrives(t *testing.T) {
	taken := make(chan bool)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"f":"a"},"values":[[1001,"1"]]},`)
		w.(http.Flusher).Flush()
		select {
		case <-taken:
		case <-r.Context().Done():
		}
		io.WriteString(w, `{"metric":{"f":"b"},"values":[[1002,"2"]]}]}}`)
	}))
	defer srv.Close()
	var names []string
	err := prom.New(prom.Config{URL: srv.URL}, nil).Each(context.Background(), "calls", nil, from, to, func(s prom.Series) error {
		if names = append(names, s.Labels["f"]); len(names) == 1 {
			close(taken)
		}
		return nil
	})
	if err != nil || !reflect.DeepEqual(names, []string{"a", "b"}) {
		t.Errorf("got %v, %v", names, err)
	}
}

func TestWhatStandsAfterTheDataCounts(t *testing.T) {
	data := `"data":{"result":[{"values":[[1001,"1"]],"metric":{"f":"a"}}],"resultType":"%s"}`
	for _, c := range []struct {
		name, body string
		want       error
	}{
		{"success", `{` + fmt.Sprintf(data, "matrix") + `,"warnings":null,"infos":["x"],"isPartial":false,"status":"success"}`, nil},
		{"error", `{` + fmt.Sprintf(data, "matrix") + `,"status":"error","error":"boom"}`, prom.ErrStatus},
		{"no status", `{` + fmt.Sprintf(data, "matrix") + `}`, prom.ErrStatus},
		{"partial", `{"status":"success",` + fmt.Sprintf(data, "matrix") + `,"isPartial":true}`, prom.ErrPartial},
		{"warnings", `{"status":"success",` + fmt.Sprintf(data, "matrix") + `,"warnings":["replica down"]}`, prom.ErrPartial},
		{"type", `{"status":"success",` + fmt.Sprintf(data, "vector") + `}`, prom.ErrMalformed},
		{"more", `{"status":"success",` + fmt.Sprintf(data, "matrix") + `}{}`, prom.ErrMalformed},
		{"cut off", `{"status":"success",` + fmt.Sprintf(data, "matrix"), prom.ErrMalformed},
	} {
		all, err := answer(t, prom.Config{}, c.body)
		if len(all) != 1 || all[0].Labels["f"] != "a" || len(all[0].Samples) != 1 {
			t.Errorf("%s: got %v", c.name, all)
		}
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestAnErrorOfTheTakerEndsTheReading(t *testing.T) {
	url, _ := store(t, 200, matrix(`{"metric":{},"values":[[1001,"1"]]},{"metric":{},"values":[[1002,"1"]]}`))
	full, calls := errors.New("full"), 0
	err := prom.New(prom.Config{URL: url}, nil).Each(context.Background(), "calls", nil, from, to, func(prom.Series) error {
		calls++
		return full
	})
	if !errors.Is(err, full) || errors.Is(err, prom.ErrMalformed) || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestAnAnswerOfAnotherFormIsMalformed(t *testing.T) {
	for name, body := range map[string]string{
		"empty":            ``,
		"null":             `null`,
		"list":             `[]`,
		"data as text":     `{"status":"success","data":"x"}`,
		"data missing":     `{"status":"success"}`,
		"result missing":   `{"status":"success","data":{"resultType":"matrix"}}`,
		"result as number": `{"status":"success","data":{"resultType":"matrix","result":7}}`,
		"series as number": matrix(`7`),
		"comma at the end": matrix(`{"metric":{},"values":[[1001,"1"]]},`),
		"key as number":    `{1:2}`,
		"status twice":     `{"status":"error","status":"success","data":{"resultType":"matrix","result":[]}}`,
		"many fields":      `{` + manyFields(65) + `"status":"success","data":{"resultType":"matrix","result":[]}}`,
	} {
		want := prom.ErrMalformed
		if _, err := answer(t, prom.Config{}, body); !errors.Is(err, want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := answer(t, prom.Config{}, `{`+manyFields(60)+`"status":"success","data":{"resultType":"matrix","result":null}}`); err != nil {
		t.Errorf("fields that are not documented, and no series as null: got %v", err)
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"x%d":[1,{"y":null}],`, i)
	}
	return b.String()
}

// One series of 5,000 bytes is too large for a bound of 4,096, and many smaller ones are not.
func TestTheBoundOfASeriesIsNotThatOfTheAnswer(t *testing.T) {
	small := strings.Repeat(`{"metric":{"f":"`+strings.Repeat("x", 1000)+`"},"values":[[1001,"1"]]},`, 100)
	cfg := prom.Config{MaxSeries: 4096}
	if all, err := answer(t, cfg, matrix(strings.TrimSuffix(small, ","))); err != nil || len(all) != 100 {
		t.Errorf("got %d series, %v", len(all), err)
	}
	large := `{"metric":{"f":"` + strings.Repeat("x", 500_000) + `"},"values":[[1001,"1"]]}`
	if _, err := answer(t, cfg, matrix(large)); !errors.Is(err, prom.ErrTooLarge) || !strings.Contains(err.Error(), "4096 bytes in one series") {
		t.Errorf("got %v", err)
	}
}
