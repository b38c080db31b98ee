package dashboard

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestADeviceIsKnownForAWhile(t *testing.T) {
	now := time.Unix(origin, 0)
	d := newDeviceCookies(key)
	cookie := d.issue(now)
	until, proof, _ := strings.Cut(cookie, ".")
	for story, c := range map[string]struct {
		value string
		at    time.Time
		want  bool
	}{
		"at once":                      {cookie, now, true},
		"on its last day":              {cookie, now.Add(deviceAge - time.Second), true},
		"after its end":                {cookie, now.Add(deviceAge), false},
		"made longer by its owner":     {"9" + until + "." + proof, now, false},
		"without a proof":              {until + ".", now, false},
		"with nothing":                 {"", now, false},
		"a proof alone":                {"." + proof, now, false},
		"another one's proof":          {d.issue(now.Add(time.Second))[:len(until)] + "." + proof, now, false},
		"of a dashboard of other keys": {newDeviceCookies([]byte("another-key-of-16")).issue(now), now, false},
		"proven with what seals":       {until + "." + deviceCookies{key}.sign(until), now, false},
		"no number, proven":            {"soon." + d.sign("soon"), now, false},
	} {
		if got := d.valid(c.value, c.at); got != c.want {
			t.Errorf("%s: known is %v", story, got)
		}
	}
}

// forgetful returns the browser of somebody who signed in: the session is over.
func forgetful(t *testing.T, d *Dashboard, body string) *client {
	t.Helper()
	v := &client{d: d}
	v.signIn(t, body)
	v.cookie, v.csrf = nil, ""
	return v
}

func (v *client) guess(t *testing.T, times, want int) {
	t.Helper()
	for range times {
		if w := v.send(http.MethodPost, "session", wrongPassword); w.Code != want {
			t.Fatalf("a guess got %d, want %d", w.Code, want)
		}
	}
}

// TestStrangersDoNotKeepTheOwnersBrowserOut, whichever way its owner signed in
// there; one where nobody has is a stranger's.
func TestStrangersDoNotKeepTheOwnersBrowserOut(t *testing.T) {
	for _, before := range []string{rightPassword, `{"token":"` + token + `"}`} {
		stranger := withGateway(t, &fakeController{})
		owner := forgetful(t, stranger.d, before)
		stranger.guess(t, maxFailures-knownFailures, http.StatusUnauthorized)
		stranger.guess(t, 100, http.StatusTooManyRequests)

		owner.guess(t, knownFailures-1, http.StatusUnauthorized) // mistyped
		stranger.guess(t, 1, http.StatusTooManyRequests)
		owner.signIn(t, rightPassword)
		if w := (&client{d: stranger.d}).send(http.MethodPost, "session", rightPassword); w.Code != http.StatusTooManyRequests {
			t.Errorf("a browser that nobody knows got %d", w.Code)
		}
	}
}

func TestAKnownBrowserGuessesNoFaster(t *testing.T) {
	stranger := withGateway(t, &fakeController{})
	known := forgetful(t, stranger.d, rightPassword)
	known.guess(t, maxFailures, http.StatusUnauthorized)
	known.guess(t, 100, http.StatusTooManyRequests)
	stranger.guess(t, 100, http.StatusTooManyRequests)

	stranger = withGateway(t, &fakeController{})
	known = forgetful(t, stranger.d, rightPassword)
	stranger.guess(t, maxFailures-knownFailures, http.StatusUnauthorized)
	known.guess(t, knownFailures, http.StatusUnauthorized)
	known.guess(t, 100, http.StatusTooManyRequests)
}

func TestAKnownBrowserIsNobodySignedIn(t *testing.T) {
	source := &fakeSource{}
	owner := forgetful(t, newFake(t, source), `{"token":"`+token+`"}`)
	asSession := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sessionCookie, Value: owner.device.Value}) }
	for _, change := range []func(*http.Request){func(*http.Request) {}, asSession} {
		if w := owner.send(http.MethodPost, "pause", `{"paused":true}`, change); w.Code != http.StatusUnauthorized || source.paused {
			t.Errorf("got %d", w.Code)
		}
	}
}

func TestTheCookieOfADeviceIsForTheDashboardAlone(t *testing.T) {
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
		t.Errorf("they last %d and %d s", cookies[0].MaxAge, cookies[1].MaxAge)
	}
	if w := v.send(http.MethodPost, "session", `{"token":"guess"}`); len(w.Result().Cookies()) != 0 {
		t.Error("a wrong token makes a browser known")
	}
}

// FuzzDevice holds that nothing is known but what was issued.
func FuzzDevice(f *testing.F) {
	now := time.Unix(origin, 0)
	d := newDeviceCookies(key)
	issued := d.issue(now)
	f.Add(issued)
	f.Add(issued + ".")
	f.Add("9" + issued)
	f.Add(".")
	f.Fuzz(func(t *testing.T, value string) {
		if d.valid(value, now) != (value == issued) {
			t.Errorf("%q: known is %v", value, d.valid(value, now))
		}
	})
}
