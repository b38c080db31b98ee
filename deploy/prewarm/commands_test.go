package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestExplainTellsWhatADecisionRestsOnAndWhatWouldChangeIt(t *testing.T) {
	url := golden(t, nil)
	got := prewarm(t, nil, "explain", "shop.ns", "--last", "2", "-g", url)
	for _, want := range []string{
		"shop.ns: mode active", "chance of a call within 2 steps is 84.0 %", "at most 2.0 %", "12.5, by resize 1", "4.2 s", "0 to 5",
		"5.0 %, by prices", "an idle step costs 7.5 GB·s (128 MiB), a cold start 150 GB·s (4.2 s)",
		"prewarm resume: scaling is paused", "one replica more: a cost ratio below 0.02", "no replica: a cost ratio above 0.84",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("want %q in:\n%s", want, got.out)
		}
	}
	if rows := strings.Count(got.out, "2026-09-21T14:"); got.code != exitFine || rows != 2 {
		t.Errorf("code %d, %d rows, log %s", got.code, rows, got.log)
	}
	// An answer about another function is refused, and so is a name that cannot be one.
	if got := prewarm(t, nil, "explain", "other", "-g", url); got.code != exitFailed || !strings.Contains(got.log, "other.openfaas-fn") {
		t.Errorf("code %d, log %q", got.code, got.log)
	}
	if got := prewarm(t, nil, "explain", "../etc", "-g", url); got.code != exitUsage {
		t.Errorf("code %d, log %q", got.code, got.log)
	}
}

func TestSavingsAreThoseOfTheDashboard(t *testing.T) {
	url := golden(t, nil)
	got := prewarm(t, nil, "savings", "--range", "hour", "-g", url)
	if got.code != exitFine || !strings.Contains(got.out, "against keep-alive of 10 steps") || !strings.Contains(got.out, "GB·S") {
		t.Errorf("code %d, log %q, out\n%s", got.code, got.log, got.out)
	}
	if got := prewarm(t, nil, "savings", "--range", "year", "-g", url); got.code != exitUsage {
		t.Errorf("code %d", got.code)
	}
	bad := answers(200, `{"range":"day","keep_alive_steps":10,"step_seconds":60,"total":{"active":{"cold":-1}},"functions":[]}`)
	if got := prewarm(t, nil, "savings", "-g", golden(t, map[string]http.HandlerFunc{"savings": bad})); got.code != exitFailed || !strings.Contains(got.log, "was: -1") {
		t.Errorf("code %d, log %q", got.code, got.log)
	}
}

// control is a dashboard that takes changes of the owner of a token, or of a session.
type control struct {
	changes []string
}

func (c *control) handlers() map[string]http.HandlerFunc {
	change := func(w http.ResponseWriter, r *http.Request) {
		cookie, _ := r.Cookie("prewarm_session")
		session := cookie != nil && cookie.Value == "secret" && r.Header.Get("X-CSRF-Token") == "csrf"
		if !session && r.Header.Get("Authorization") != "Bearer a-token-of-16-bytes" {
			answers(http.StatusUnauthorized, `{"error":"sign in first"}`)(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		c.changes = append(c.changes, r.Method+" "+string(body))
		answers(200, string(body))(w, r)
	}
	return map[string]http.HandlerFunc{"pause": change, "mode": change, "session": func(w http.ResponseWriter, r *http.Request) {
		var given struct{ User, Password string }
		_ = json.NewDecoder(r.Body).Decode(&given)
		if given.User != "admin" || given.Password != "right" {
			answers(http.StatusUnauthorized, `{"error":"sign in first: the gateway does not accept this user and password"}`)(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "prewarm_session", Value: "secret", Path: "/function/dashboard"})
		answers(200, `{"csrf":"csrf","signed_in":true,"ways":[],"can":[]}`)(w, r)
	}}
}

func TestChangesNeedATokenOrThePasswordOfTheGateway(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"token": {"PREWARM_DASHBOARD_TOKEN": "a-token-of-16-bytes"}, "password": {"PREWARM_GATEWAY_PASSWORD": "right"},
	} {
		var c control
		url := golden(t, c.handlers())
		for _, args := range [][]string{{"pause"}, {"resume"}, {"mode", "shop.ns", "active"}, {"mode", "shop.ns", "annotated"}} {
			if got := prewarm(t, env, append(args, "-g", url)...); got.code != exitFine || got.out == "" {
				t.Errorf("%s, %v: code %d, log %q", name, args, got.code, got.log)
			}
		}
		want := `[POST {"paused":true} POST {"paused":false} POST {"function":"shop.ns","mode":"active"} POST {"function":"shop.ns","mode":"annotated"}]`
		if got := fmt.Sprint(c.changes); got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
	for name, env := range map[string]map[string]string{"nothing": nil, "wrong": {"PREWARM_GATEWAY_PASSWORD": "wrong"}} {
		var c control
		got := prewarm(t, env, "pause", "-g", golden(t, c.handlers()))
		if got.code != exitFailed || got.out != "" || len(c.changes) > 0 || !strings.Contains(got.log, "sign in") || strings.Contains(got.log, "wrong\"") {
			t.Errorf("%s: code %d, log %q", name, got.code, got.log)
		}
	}
	var c control
	if got := prewarm(t, nil, "mode", "shop.ns", "on", "-g", golden(t, c.handlers())); got.code != exitUsage || len(c.changes) > 0 {
		t.Errorf("code %d, log %q", got.code, got.log)
	}
}

// A proxy may answer 200 for a change that the dashboard has not made.
func TestAChangeThatIsNotConfirmedIsAnError(t *testing.T) {
	url := golden(t, map[string]http.HandlerFunc{"pause": answers(200, `{}`), "mode": answers(200, `{"function":"a.b","mode":"off"}`)})
	env := map[string]string{"PREWARM_DASHBOARD_TOKEN": "a-token-of-16-bytes"}
	for _, args := range [][]string{{"pause"}, {"mode", "shop.ns", "off"}} {
		if got := prewarm(t, env, append(args, "-g", url)...); got.code != exitFailed || got.out != "" || !strings.Contains(got.log, "does not confirm") {
			t.Errorf("%v: code %d, out %q, log %q", args, got.code, got.out, got.log)
		}
	}
}

func TestFunctionsAreCompleted(t *testing.T) {
	got := prewarm(t, nil, "__complete", "explain", "--gateway", golden(t, nil), "ma")
	if !strings.Contains(got.out, "mail.ns\n") || strings.Contains(got.out, "shop.ns") {
		t.Errorf("got %q, %q", got.out, got.log)
	}
	if got := prewarm(t, nil, "completion", "bash"); got.code != exitFine || !strings.Contains(got.out, "bash completion") {
		t.Errorf("code %d", got.code)
	}
}
