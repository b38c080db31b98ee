package dashboard

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// client is a browser.
type client struct {
	d      *Dashboard
	cookie *http.Cookie // of the session
	device *http.Cookie // that makes the browser known
	csrf   string       // token of the session
}

// send makes a request with the cookies and the token, after the changes.
func (v *client) send(method, api, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/api/"+api, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, c := range []*http.Cookie{v.cookie, v.device} {
		if c != nil {
			r.AddCookie(c)
		}
	}
	if v.csrf != "" {
		r.Header.Set(csrfHeader, v.csrf)
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	v.d.ServeHTTP(w, r)
	return w
}

func (v *client) signIn(t *testing.T, body string) {
	t.Helper()
	w := v.send(http.MethodPost, "session", body)
	var got sessionJSON
	decode(t, w, &got)
	cookies := w.Result().Cookies()
	if !got.SignedIn || got.CSRF == "" || len(cookies) != 2 || cookies[0].Name != sessionCookie || cookies[1].Name != deviceCookie {
		t.Fatalf("got %+v %v", got, cookies)
	}
	v.cookie, v.device, v.csrf = cookies[0], cookies[1], got.CSRF
}

// fakeController is a gateway with one user.
type fakeController struct{ err error }

func (f *fakeController) check(_ context.Context, user, password string) error {
	if user != "admin" || password != "the-right-password" {
		return errSignIn
	}
	return f.err
}

func TestUnauthenticatedCallersCannotChangeAnything(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	d.gateway = &fakeController{}
	for _, api := range []string{"pause", "mode"} {
		w := (&client{d: d}).send(http.MethodPost, api, `{"paused":true}`)
		if w.Code != http.StatusUnauthorized || source.paused || len(source.modes) > 0 {
			t.Errorf("%s: got %d", api, w.Code)
		}
	}
	if w := (&client{d: d}).send(http.MethodDelete, "session", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("got %d", w.Code)
	}
}

func TestTheTokenAllowsToPause(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	v := &client{d: d}
	v.signIn(t, `{"token":"`+token+`"}`)
	if v.cookie.Path != "/function/dashboard" || !v.cookie.HttpOnly || v.cookie.SameSite != http.SameSiteStrictMode || v.cookie.Secure {
		t.Errorf("cookie %+v", v.cookie)
	}
	if w := v.send(http.MethodPost, "pause", `{"paused":true}`); w.Code != http.StatusOK || !source.paused {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if w := v.send(http.MethodPost, "pause", `{"paused":false}`); w.Code != http.StatusOK || source.paused {
		t.Errorf("got %d", w.Code)
	}
	old := *v
	if w := v.send(http.MethodDelete, "session", ""); w.Code != http.StatusOK {
		t.Errorf("got %d", w.Code)
	}
	if w := old.send(http.MethodPost, "pause", `{"paused":true}`); w.Code != http.StatusUnauthorized || source.paused {
		t.Errorf("the session must end with the sign-out, got %d", w.Code)
	}
}

func TestOtherSitesCannotUseASession(t *testing.T) {
	source := &fakeSource{}
	v := &client{d: newFake(t, source)}
	v.signIn(t, `{"token":"`+token+`"}`)
	for name, change := range map[string]func(*http.Request){
		"without the session's token":       func(r *http.Request) { r.Header.Del(csrfHeader) },
		"with another token":                func(r *http.Request) { r.Header.Set(csrfHeader, "x") },
		"from another site":                 func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"from another origin":               func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"as a form":                         func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
		"as text, which needs no preflight": func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
	} {
		if w := v.send(http.MethodPost, "pause", `{"paused":true}`, change); w.Code/100 != 4 || source.paused {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}

func TestAScriptMaySendTheTokenAsABearer(t *testing.T) {
	source := &fakeSource{}
	v := &client{d: newFake(t, source)}
	bearer := func(text string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+text) }
	}
	if w := v.send(http.MethodPost, "pause", `{"paused":true}`, bearer("wrong")); w.Code != http.StatusUnauthorized {
		t.Errorf("got %d", w.Code)
	}
	if w := v.send(http.MethodPost, "pause", `{"paused":true}`, bearer(token)); w.Code != http.StatusOK || !source.paused {
		t.Errorf("got %d", w.Code)
	}
	v.d.cfg.Token = ""
	if w := v.send(http.MethodPost, "pause", `{"paused":false}`, bearer("")); w.Code != http.StatusUnauthorized || !source.paused {
		t.Errorf("no token is configured, and an empty one was accepted: got %d", w.Code)
	}
}

func TestTheCredentialsOfTheGatewayAllowToSignIn(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	d.gateway = &fakeController{}
	v := &client{d: d}
	if w := v.send(http.MethodPost, "session", `{"user":"admin","password":"wrong"}`); w.Code != http.StatusUnauthorized {
		t.Fatalf("got %d", w.Code)
	}
	v.signIn(t, rightPassword)
	if w := v.send(http.MethodPost, "pause", `{"paused":true}`); w.Code != http.StatusOK || !source.paused {
		t.Errorf("got %d", w.Code)
	}
}

func TestSessionsEndAndAreBounded(t *testing.T) {
	s := newSessions()
	first := s.begin(session{expires: time.Unix(100, 0)}, time.Unix(0, 0))
	if _, known := s.find(first, time.Unix(101, 0)); known {
		t.Error("the session has expired")
	}
	for i := range 2 * maxSessions {
		s.begin(session{expires: time.Unix(int64(1000+i), 0)}, time.Unix(0, 0))
	}
	if len(s.open) != maxSessions {
		t.Errorf("got %d", len(s.open))
	}
	if _, known := s.find(first, time.Unix(0, 0)); known {
		t.Error("the session that expires first is still open")
	}
}

func TestNoSecretIsInALogOrOnAPage(t *testing.T) {
	var log bytes.Buffer
	source := &fakeSource{}
	d := newFake(t, source)
	d.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d.cfg.Webhook = "https://hooks.example/s3cret"
	d.gateway = &fakeController{}
	feed(t, d, "shop.ns")
	v := &client{d: d}
	v.send(http.MethodPost, "session", `{"token":"wrong-secret"}`)
	v.signIn(t, `{"user":"admin","password":"the-right-password"}`)
	source.health = errors.New("no route")
	v.send(http.MethodPost, "pause", `{"paused":true}`)
	text := log.String()
	for _, target := range []string{"/", "/?function=shop.ns", "/?page=savings", "/?page=alerts", "/api/overview", "/api/status", "/api/session", "/metrics"} {
		text += get(d, target).Body.String()
	}
	for _, secret := range []string{key, token, "the-right-password", "wrong-secret", "s3cret", v.cookie.Value, v.device.Value, v.csrf} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in a log or on a page", secret)
		}
	}
}
