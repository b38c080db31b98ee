package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"prewarm/deploy/prewarm/access"
)

const golden = "../../../functions/dashboard/testdata/golden/"

// The answers that the tests of the dashboard hold are read, and nothing that is shown gets lost.
func TestTheAnswersOfTheDashboardAreRead(t *testing.T) {
	for name, into := range map[string]any{
		"status": &Status{}, "overview": &Overview{}, "function": &Function{}, "savings": &Savings{}, "savings-hour": &Savings{}, "savings-week": &Savings{},
	} {
		text, err := os.ReadFile(golden + name + ".json")
		if err == nil {
			err = Decode(text, into)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAnswerOutOfBoundsNamesTheField(t *testing.T) {
	for _, c := range []struct {
		into       any
		text, want string
	}{
		{&Overview{}, `{"step_seconds":0,"rows":[]}`, "step_seconds must be between 1 and 3600, was: 0"},
		{&Overview{}, `{"step_seconds":60,"rows":[{"function":"a"}]}`, "rows[0].function must have the form"},
		{&Overview{}, `{"step_seconds":60,"rows":[{"function":"a.b","replicas":-1}]}`, "replicas must be between 0"},
		{&Overview{}, `{"step_seconds":60,"rows":[{"function":"a.b","chance_5":-0.5}]}`, "chance_5 must be between 0"},
		{&Status{}, `{"alerts":-1}`, "alerts must be at least 0"},
		{&Function{}, `{"function":"a.b","decisions":[{"function":"a.b","wanted":-3}]}`, "decisions[0]"},
		{&Savings{}, `{"step_seconds":60,"keep_alive_steps":99}`, "keep_alive_steps must be between 1 and 60, was: 99"},
		{&Savings{}, `{"step_seconds":60,"keep_alive_steps":10,"functions":[{"function":"?"}]}`, "functions[0]"},
		{&Status{}, `{"newest":1} {}`, "must be one JSON value"},
	} {
		if err := Decode([]byte(c.text), c.into); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestAnAnswerWithoutEndIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for chunk := []byte(strings.Repeat(" ", 1<<20)); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	_, err := New(access.Config{Gateway: server.URL, Dashboard: server.URL}).Status(t.Context())
	if !errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), "must have at most") {
		t.Errorf("got %v", err)
	}
}

func TestReadingThatIsClosedOpensWithThePassword(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		cookie, err := r.Cookie(sessionCookie)
		switch {
		case r.URL.Path == "/api/session":
			http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: "s"})
			_, _ = w.Write([]byte(`{"csrf":"c"}`))
		case err != nil || cookie.Value != "s":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"sign in first"}`))
		default:
			_, _ = w.Write([]byte(`{"newest":7}`))
		}
	}))
	defer server.Close()
	c := New(access.Config{Gateway: server.URL, Dashboard: server.URL, User: "admin", Password: "p"})
	for range 2 { // the session is kept
		if s, err := c.Status(t.Context()); err != nil || s.Newest != 7 {
			t.Errorf("got %+v, %v", s, err)
		}
	}
	if got := strings.Join(asked, ", "); got != "GET /api/status, POST /api/session, GET /api/status, GET /api/status" {
		t.Errorf("asked %s", got)
	}
	// Without a password the error tells what is wanted.
	if _, err := New(access.Config{Gateway: server.URL, Dashboard: server.URL}).Status(t.Context()); !errors.Is(err, ErrSignIn) {
		t.Errorf("got %v", err)
	}
}

func TestARedirectionNamesTheAddressToSet(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://example.org"+r.URL.Path, http.StatusMovedPermanently)
	}))
	defer server.Close()
	_, err := New(access.Config{Gateway: server.URL, Dashboard: server.URL + "/function/dashboard"}).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), `gateway_url must be "https://example.org"`) {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode checks that whatever passes is within the bounds that tables rely on.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"status", "overview", "function", "savings"} {
		if text, err := os.ReadFile(golden + name + ".json"); err == nil {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var o Overview
		if Decode(text, &o) == nil {
			for _, r := range o.Rows {
				if r.Name == "" || r.Replicas != nil && *r.Replicas < 0 {
					t.Errorf("%q: %+v", text, r)
				}
			}
		}
		for _, into := range []any{&Status{}, &Function{}, &Savings{}} {
			if Decode(text, into) == nil {
				if _, err := json.Marshal(into); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
		}
	})
}
