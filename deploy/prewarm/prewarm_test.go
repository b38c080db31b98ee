package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// clock is the time of the golden answers of the dashboard.
var clock = time.Unix(1790001852, 0)

// result is what one run of the command has left.
type result struct {
	code     int
	out, log string
}

// prewarm runs the command against a gateway, with an environment and standard input that the
// test gives.
func prewarm(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	return prewarmWith(t, env, "", args...)
}

func prewarmWith(t *testing.T, env map[string]string, in string, args ...string) result {
	t.Helper()
	var out, log strings.Builder
	p := &program{in: strings.NewReader(in), out: &out, log: &log, now: func() time.Time { return clock }, getenv: func(key string) string {
		if v, set := env[key]; set {
			return v
		}
		return map[string]string{"OPENFAAS_CONFIG": t.TempDir(), "secrets_dir": t.TempDir()}[key]
	}}
	code := p.run(t.Context(), args)
	return result{code, out.String(), log.String()}
}

// golden serves the answers of the dashboard that its own tests hold, at the path at which a
// gateway serves it. More answers replace them.
func golden(t *testing.T, more map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/function/dashboard/api/{name}", func(w http.ResponseWriter, r *http.Request) {
		if h := more[r.PathValue("name")]; h != nil {
			h(w, r)
			return
		}
		text, err := os.ReadFile("../../functions/dashboard/testdata/golden/" + r.PathValue("name") + ".json")
		if err != nil {
			http.Error(w, `{"error":"no such path"}`, http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// answers returns a handler that answers with a text as JSON.
func answers(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

func TestStatusShowsWhatTheDashboardKnows(t *testing.T) {
	got := prewarm(t, nil, "status", "--gateway", golden(t, nil))
	for _, want := range []string{
		"PAUSED: no replicas are changed; last step ended 12s ago; 0 alerts", "warn: Scaling is paused by the operator",
		"mail.ns", "active", "ALERT chance of a call within 2 steps is 84.0 %",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("want %q in:\n%s", want, got.out)
		}
	}
	if got.code != exitFine || got.log != "" {
		t.Errorf("code %d, log %q", got.code, got.log)
	}
	// The choice of a name.
	if one := prewarm(t, nil, "status", "quiet", "-g", golden(t, nil)); strings.Contains(one.out, "mail.ns") || !strings.Contains(one.out, "quiet.ns") {
		t.Errorf("got:\n%s", one.out)
	}
}

func TestWrongArgumentsAreNoFailure(t *testing.T) {
	for _, args := range [][]string{
		{"stauts"}, {"status", "--colour"}, {"status", "a", "b"}, {"status", "-o", "yaml"}, {"status", "--timeout", "0s"},
		{"status", "--gateway", "localhost"}, {"status", "--gateway", "http://user:secret@127.0.0.1"},
	} {
		if got := prewarm(t, nil, args...); got.code != exitUsage || got.out != "" || !strings.Contains(got.log, "--help") || strings.Contains(got.log, "secret@") {
			t.Errorf("%v: code %d, out %q, log %q", args, got.code, got.out, got.log)
		}
	}
}

func TestAnAnswerThatIsNotOfTheDashboardIsAnError(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a page":        func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"broken off":    answers(200, `{"newest":1,"paused":true,"notices":[`),
		"another type":  answers(200, `{"newest":"x"}`),
		"out of bounds": answers(200, `{"newest":-5,"notices":[]}`),
		"refused":       answers(503, `{"error":"all places are taken"}`),
		"refused by others": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "bad \x1b[2Jgateway", http.StatusBadGateway)
		},
	} {
		got := prewarm(t, nil, "status", "-g", golden(t, map[string]http.HandlerFunc{"status": h}))
		if got.code != exitFailed || got.out != "" || !strings.HasPrefix(got.log, "prewarm: ") || strings.Contains(got.log, "\x1b") {
			t.Errorf("%s: code %d, out %q, log %q", name, got.code, got.out, got.log)
		}
	}
}

func TestNothingInAnAnswerControlsTheTerminal(t *testing.T) {
	evil := `{"newest":1,"paused":false,"alerts":0,"notices":[{"class":"warn","text":"\u001b]0;owned\u0007 \u009b2J"}]}`
	for _, form := range []string{"table", "json"} {
		got := prewarm(t, nil, "status", "-o", form, "-g", golden(t, map[string]http.HandlerFunc{"status": answers(200, evil)}))
		if got.code != exitFine || strings.ContainsAny(got.out, "\x1b\a\u009b") || !strings.Contains(got.out, "owned") {
			t.Errorf("%s: %q", form, got.out)
		}
	}
}
