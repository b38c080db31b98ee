package dashboard

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
)

func TestADeviceCookieIsValidUntilItsEnd(t *testing.T) {
	now := time.Unix(origin, 0)
	d := newDeviceCookies(keys)
	cookie := d.issue(now)
	end, signature, _ := strings.Cut(cookie, ".")
	for story, c := range map[string]struct {
		value string
		at    time.Time
		want  bool
	}{
		"at once":                           {cookie, now, true},
		"on its last day":                   {cookie, now.Add(deviceAge - time.Second), true},
		"after its end":                     {cookie, now.Add(deviceAge), false},
		"with a later end":                  {"9" + end + "." + signature, now, false},
		"without a signature":               {end + ".", now, false},
		"empty":                             {"", now, false},
		"a signature alone":                 {"." + signature, now, false},
		"the signature of another cookie":   {d.issue(now.Add(time.Second))[:len(end)] + "." + signature, now, false},
		"of a dashboard with another key":   {newDeviceCookies(event.NewKeys("", []byte("another-key-of-16"))).issue(now), now, false},
		"signed with the key of messages":   {end + "." + deviceCookies{keys}.sign(end), now, false},
		"a signed end that is not a number": {"soon." + d.sign("soon"), now, false},
	} {
		if got := d.valid(c.value, c.at); got != c.want {
			t.Errorf("%s: valid is %v", story, got)
		}
	}
}

// A browser stays known while the key that signed its cookie is accepted.
func TestAReplacedKeyForgetsNoBrowserAtOnce(t *testing.T) {
	now, next := time.Unix(origin, 0), []byte("the next of the keys")
	cookie := newDeviceCookies(keys).issue(now)
	if !newDeviceCookies(event.NewKeys("", next, []byte(key))).valid(cookie, now) {
		t.Error("the key is still accepted, the browser is not")
	}
	if newDeviceCookies(event.NewKeys("", next)).valid(cookie, now) {
		t.Error("the key was given up, the browser is still known")
	}
}

// forgetful returns a browser in which a user has signed in, after the session.
func forgetful(t *testing.T, d *Dashboard, body string) *client {
	t.Helper()
	v := &client{d: d}
	v.signIn(t, body)
	v.cookie, v.csrf = nil, ""
	return v
}

// guess tries a wrong password several times.
func (v *client) guess(t *testing.T, times, want int) {
	t.Helper()
	for range times {
		if w := v.send(http.MethodPost, "session", wrongPassword); w.Code != want {
			t.Fatalf("a guess got %d, want %d", w.Code, want)
		}
	}
}

// It does not matter how the user signed in before. A browser in which no user has
// signed in is not known.
func TestGuessesDoNotLockOutAKnownBrowser(t *testing.T) {
	for _, before := range []string{rightPassword, `{"token":"` + token + `"}`} {
		attacker := withGateway(t, &fakeController{})
		user := forgetful(t, attacker.d, before)
		attacker.guess(t, maxFailures-knownFailures, http.StatusUnauthorized)
		attacker.guess(t, 100, http.StatusTooManyRequests)

		user.guess(t, knownFailures-1, http.StatusUnauthorized) // mistyped
		attacker.guess(t, 1, http.StatusTooManyRequests)
		user.signIn(t, rightPassword)
		if w := (&client{d: attacker.d}).send(http.MethodPost, "session", rightPassword); w.Code != http.StatusTooManyRequests {
			t.Errorf("an unknown browser got %d", w.Code)
		}
	}
}

func TestAKnownBrowserHasTheSameLimit(t *testing.T) {
	attacker := withGateway(t, &fakeController{})
	known := forgetful(t, attacker.d, rightPassword)
	known.guess(t, maxFailures, http.StatusUnauthorized)
	known.guess(t, 100, http.StatusTooManyRequests)
	attacker.guess(t, 100, http.StatusTooManyRequests)

	attacker = withGateway(t, &fakeController{})
	known = forgetful(t, attacker.d, rightPassword)
	attacker.guess(t, maxFailures-knownFailures, http.StatusUnauthorized)
	known.guess(t, knownFailures, http.StatusUnauthorized)
	known.guess(t, 100, http.StatusTooManyRequests)
}

func TestADeviceCookieSignsNobodyIn(t *testing.T) {
	source := &fakeSource{}
	user := forgetful(t, newFake(t, source), `{"token":"`+token+`"}`)
	asSession := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sessionCookie, Value: user.device.Value}) }
	for _, change := range []func(*http.Request){func(*http.Request) {}, asSession} {
		if w := user.send(http.MethodPost, "pause", `{"paused":true}`, change); w.Code != http.StatusUnauthorized || source.paused {
			t.Errorf("got %d", w.Code)
		}
	}
}

func TestCookiesAreForTheDashboardAlone(t *testing.T) {
	v := &client{d: newFake(t, &fakeSource{})}
	w := v.send(http.MethodPost, "session", `{"token":"`+token+`"}`, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") })
	cookies := w.Result().Cookies()
	if len(cookies) != 2 {
		t.Fatalf("got %v", cookies)
	}
	for _, c := range cookies {
		if c.Path != "/function/dashboard" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode {
			t.Errorf("got %v", c)
		}
	}
	if cookies[0].MaxAge != 8*60*60 || cookies[1].MaxAge != 30*24*60*60 {
		t.Errorf("the cookies last %d and %d s", cookies[0].MaxAge, cookies[1].MaxAge)
	}
	if w := v.send(http.MethodPost, "session", `{"token":"guess"}`); len(w.Result().Cookies()) != 0 {
		t.Error("a wrong token set a cookie")
	}
}

// FuzzDeviceCookie checks that only the issued value is valid.
func FuzzDeviceCookie(f *testing.F) {
	now := time.Unix(origin, 0)
	d := newDeviceCookies(keys)
	issued := d.issue(now)
	f.Add(issued)
	f.Add(issued + ".")
	f.Add("9" + issued)
	f.Add(".")
	f.Fuzz(func(t *testing.T, value string) {
		if d.valid(value, now) != (value == issued) {
			t.Errorf("%q: valid is %v", value, d.valid(value, now))
		}
	})
}
