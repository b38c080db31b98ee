package dashboard

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const tokenOfReaders = "a-token-of-the-readers"

// closed returns a dashboard that strangers may not read.
func closed(t *testing.T, source *fakeSource) *Dashboard {
	d := newFake(t, source)
	d.cfg.ReadToken = tokenOfReaders
	feed(t, d, "shop.ns")
	return d
}

// Without credentials there is the page to sign in with its assets, and nothing else: no name
// of a function is in any answer.
func TestWithAReadTokenStrangersSeeNothing(t *testing.T) {
	d := closed(t, &fakeSource{})
	for pattern := range d.handlers() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.TrimSuffix(path, "{$}")
		for _, query := range []string{"", "?function=shop.ns", "?page=savings", "?token=" + tokenOfReaders} {
			w := (&client{d: d}).send(method, strings.TrimPrefix(path, "/api/")+query, `{"paused":true}`)
			if !strings.HasPrefix(path, "/api/") {
				w = get(d, path+query)
			}
			if open := path == "/assets" || strings.HasSuffix(path, "/session"); !open && w.Code != http.StatusUnauthorized {
				t.Errorf("%s%s: got %d", pattern, query, w.Code)
			}
			if strings.Contains(w.Body.String(), "shop.ns") {
				t.Errorf("%s%s names the function", pattern, query)
			}
		}
	}
	page := get(d, "/")
	mustContain(t, page.Body.String(), "Sign in to see the functions", "signin.js")
	if page.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("got %v", page.Header())
	}
	if w := get(d, "/?asset=signin.js"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "prewarmSignIn") {
		t.Errorf("the script of the page: got %d", w.Code)
	}
}

func TestEveryWayToSignInOpensReading(t *testing.T) {
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	for story, c := range map[string]struct {
		signIn, bearer string
		status         int
	}{
		"a session of the gateway's user":      {signIn: rightPassword, status: http.StatusOK},
		"a session of the token":               {signIn: `{"token":"` + token + `"}`, status: http.StatusOK},
		"a session of the read token":          {signIn: `{"token":"` + tokenOfReaders + `"}`, status: http.StatusOK},
		"the token":                            {bearer: token, status: http.StatusOK},
		"the read token":                       {bearer: tokenOfReaders, status: http.StatusOK},
		"another token":                        {bearer: "a-token-of-somebody", status: http.StatusUnauthorized},
		"an empty token":                       {bearer: "", status: http.StatusUnauthorized},
		"a browser that is known, but no more": {signIn: rightPassword, status: http.StatusUnauthorized},
	} {
		d := closed(t, &fakeSource{})
		d.gateway = &fakeController{}
		v := &client{d: d}
		if c.signIn != "" {
			v.signIn(t, c.signIn)
		}
		if c.status != http.StatusOK {
			v.cookie = nil
		}
		w := v.send(http.MethodGet, "overview", "", func(r *http.Request) {
			if c.signIn == "" {
				bearer(c.bearer)(r)
			}
		})
		if w.Code != c.status {
			t.Errorf("%s: got %d", story, w.Code)
		}
	}
}

// The token of the readers changes nothing, as a bearer or in a session.
func TestTheReadTokenChangesNothing(t *testing.T) {
	source := &fakeSource{}
	d := closed(t, source)
	v := &client{d: d}
	v.signIn(t, `{"token":"`+tokenOfReaders+`"}`)
	var got sessionJSON
	decode(t, v.send(http.MethodGet, "session", ""), &got)
	if !got.SignedIn || len(got.Can) != 0 || !slices.Contains(got.Ways, "token") {
		t.Errorf("got %+v", got)
	}
	for story, change := range map[string]func(*http.Request){
		"in a session": func(*http.Request) {},
		"as a bearer":  func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+tokenOfReaders) },
	} {
		for api, body := range map[string]string{"pause": `{"paused":true}`, "mode": `{"function":"shop.ns","mode":"active"}`} {
			if w := v.send(http.MethodPost, api, body, change); w.Code != http.StatusForbidden || source.paused || len(source.modes) > 0 {
				t.Errorf("%s %s: got %d %s", api, story, w.Code, w.Body)
			}
		}
	}
	if w := v.send(http.MethodDelete, "session", ""); w.Code != http.StatusOK {
		t.Errorf("a reader signs out: got %d", w.Code)
	}
	if w := v.send(http.MethodGet, "overview", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("after the sign-out: got %d", w.Code)
	}
}

func TestATokenWithoutAConfiguredOneOpensNothing(t *testing.T) {
	d := newFake(t, &fakeSource{})
	d.cfg.Token, d.cfg.ReadToken = "", ""
	for _, given := range []string{"", "x"} {
		if d.roleOf(given) != nobody {
			t.Errorf("%q has a role", given)
		}
	}
}

func TestAReaderCannotEndTheSessionOfAnOperator(t *testing.T) {
	s, now := newSessions(), time.Unix(0, 0)
	mine := s.begin(session{role: operator, expires: time.Unix(100, 0)}, now)
	for i := range 2 * maxSessions {
		s.begin(session{role: reader, expires: time.Unix(int64(1000+i), 0)}, now)
	}
	if _, open := s.find(mine, now); !open {
		t.Error("the sign-ins of a reader have ended the session of the operator")
	}
}
