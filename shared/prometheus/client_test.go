package prometheus_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
)

var (
	from = time.Unix(1000, 0)
	to   = time.Unix(1060, 0)
)

// store starts a server that answers every query with code and body, and records the
// last request.
func store(t *testing.T, code int, body string) (url string, seen *http.Request) {
	t.Helper()
	seen = new(http.Request)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		*seen = *r
		w.WriteHeader(code)
		io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, seen
}

func matrix(result string) string {
	return `{"status":"success","data":{"resultType":"matrix","result":[` + result + `]}}`
}

// status queries a store that answers with code and body, of at most 4,096 bytes.
func status(t *testing.T, code int, body string) ([]prom.Series, error) {
	t.Helper()
	url, _ := store(t, code, body)
	return query(context.Background(), prom.Config{URL: url, MaxBody: 4096})
}

// answer queries a store that answers with body.
func answer(t *testing.T, cfg prom.Config, body string) ([]prom.Series, error) {
	t.Helper()
	cfg.URL, _ = store(t, 200, body)
	return query(context.Background(), cfg)
}

// query reads the counter calls from a store, and returns what was passed, also with an error.
func query(ctx context.Context, cfg prom.Config, matchers ...prom.Matcher) (all []prom.Series, err error) {
	err = prom.New(cfg, nil).Each(ctx, "calls", matchers, from, to, func(s prom.Series) error {
		all = append(all, s)
		return nil
	})
	return all, err
}

// The store ends a query for which nobody waits any more.
func TestTheStoreLearnsHowLongTheClientWaits(t *testing.T) {
	url, seen := store(t, 200, matrix(""))
	if _, err := query(context.Background(), prom.Config{URL: url}); err != nil || seen.Form.Has("timeout") {
		t.Errorf("without a deadline: got %q, %v", seen.Form.Get("timeout"), err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	_, err := query(ctx, prom.Config{URL: url})
	got, _ := time.ParseDuration(seen.Form.Get("timeout"))
	if deadline, _ := ctx.Deadline(); err != nil || got < time.Until(deadline) || got > time.Hour+2*time.Second {
		t.Errorf("with an hour left: got %q, %v", seen.Form.Get("timeout"), err)
	}
}

func TestEachSendsOneInstantQueryThatCoversTheRange(t *testing.T) {
	url, seen := store(t, 200, matrix(""))
	all, err := query(context.Background(), prom.Config{URL: url, User: "me", Password: "pw"}, prom.Matcher{Label: "code", Op: "=~", Value: `5..|"\`})
	if err != nil || len(all) != 0 {
		t.Fatalf("got %v, %v", all, err)
	}
	if got, want := seen.Form.Get("query"), `calls{code=~"5..|\"\\"}[60002ms]`; got != want {
		t.Errorf("query: got %s, want %s", got, want)
	}
	if got := seen.Form.Get("time"); got != "1060.001" {
		t.Errorf("time: got %s", got)
	}
	if user, pw, _ := seen.BasicAuth(); seen.URL.Path != "/api/v1/query" || user != "me" || pw != "pw" {
		t.Errorf("path %s, user %q", seen.URL.Path, user)
	}
}

func TestATokenTakesPrecedence(t *testing.T) {
	url, seen := store(t, 200, matrix(""))
	if _, err := query(context.Background(), prom.Config{URL: url, User: "me", Token: "abc"}); err != nil {
		t.Fatal(err)
	}
	if got := seen.Header.Get("Authorization"); got != "Bearer abc" {
		t.Errorf("got %q", got)
	}
}

func TestEachKeepsTheSamplesOfTheHalfOpenRange(t *testing.T) {
	all, err := status(t, 200, matrix(`
		{"metric":{"f":"a"},"values":[[999.999,"1"],[1000,"2"],[1000.001,"3"],[1060,"4"],[1060.001,"5"]]},
		{"metric":{"f":"b"},"values":[[1000,"7"]]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []prom.Series{{Labels: map[string]string{"f": "a"}, Samples: []prom.Sample{{T: 1000001, V: 3}, {T: 1060000, V: 4}}}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got %+v, want %+v", all, want)
	}
}

func TestEachSortsSamplesAndDropsThoseThatAreNotFinite(t *testing.T) {
	all, err := status(t, 200, matrix(`{"metric":{},"values":[[1003,"3"], [1001,"1"],[1002,"NaN"],[1002.5,"+Inf"],[1003,"4"] ]}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := []prom.Sample{{T: 1001000, V: 1}, {T: 1003000, V: 4}}; len(all) != 1 || !reflect.DeepEqual(all[0].Samples, want) {
		t.Errorf("got %+v, want %+v", all, want)
	}
}

func TestAnIncompleteAnswerIsAnError(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		body string
		want error
		text string
	}{
		{"store overloaded", 503, `{"status":"error","error":"too many queries"}`, prom.ErrStatus, "too many queries"},
		{"proxy error page", 502, `<html>bad gateway`, prom.ErrStatus, "502"},
		{"error in a 200", 200, `{"status":"error","error":"boom"}`, prom.ErrStatus, "boom"},
		{"partial cluster", 200, `{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[]}}`, prom.ErrPartial, "isPartial"},
		{"warnings", 200, `{"status":"success","data":{"resultType":"matrix","result":[]},"warnings":["replica down"]}`, prom.ErrPartial, "replica down"},
		{"vector", 200, `{"status":"success","data":{"resultType":"vector","result":[]}}`, prom.ErrMalformed, "vector"},
		{"no JSON", 200, `hello`, prom.ErrMalformed, "calls"},
		{"truncated", 200, matrix("")[:30], prom.ErrMalformed, "calls"},
		{"number as text", 200, matrix(`{"metric":{},"values":[["1001","1"]]}`), prom.ErrMalformed, "sample"},
		{"value as number", 200, matrix(`{"metric":{},"values":[[1001,1]]}`), prom.ErrMalformed, "sample"},
		{"three parts", 200, matrix(`{"metric":{},"values":[[1001,"1",2]]}`), prom.ErrMalformed, "sample"},
		{"absurd time", 200, matrix(`{"metric":{},"values":[[1e99,"1"]]}`), prom.ErrMalformed, "sample"},
		{"no list", 200, matrix(`{"metric":{},"values":7}`), prom.ErrMalformed, "sample"},
		{"huge", 200, matrix(strings.Repeat(" ", 5000)), prom.ErrTooLarge, "4096"},
	} {
		_, err := status(t, c.code, c.body)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %v with %q", c.name, err, c.want, c.text)
		}
	}
}

func TestAStoreThatDoesNotAnswerIsAnError(t *testing.T) {
	url, _ := store(t, 200, matrix(""))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := query(ctx, prom.Config{URL: url}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := query(context.Background(), prom.Config{URL: "http://127.0.0.1:1"}); err == nil {
		t.Error("a query of a closed port must fail")
	}
}

func TestACallersBugPanics(t *testing.T) {
	c := prom.New(prom.Config{URL: "http://127.0.0.1:1"}, nil)
	for name, call := range map[string]func(){
		"empty range": func() { c.Each(context.Background(), "calls", nil, to, to, nil) },
		"metric":      func() { c.Each(context.Background(), "calls{}", nil, from, to, nil) },
		"label":       func() { c.Each(context.Background(), "calls", []prom.Matcher{{Label: "a b", Op: "="}}, from, to, nil) },
		"operator":    func() { c.Each(context.Background(), "calls", []prom.Matcher{{Label: "a", Op: "=="}}, from, to, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}
