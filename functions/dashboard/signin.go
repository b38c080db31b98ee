package dashboard

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	sessionCookie = "prewarm_session"
	deviceCookie  = "prewarm_device"
	csrfHeader    = "X-CSRF-Token"
)

// authorise returns the session of a request that pauses or sets a mode.
func (d *Dashboard) authorise(r *http.Request) (session, error) {
	one, err := d.authenticate(r)
	if err == nil && one.role != operator {
		err = fmt.Errorf("%w: prewarm-read-token allows to read; changes need prewarm-dashboard-token, or the user and password of the gateway", errForbidden)
	}
	return one, err
}

// authenticate returns the session of a request that changes something.
//
// The cookie is not enough, since a browser sends it without being asked: the
// token of the session must come in a header. checkOrigin refuses requests of other
// sites before; it lets pass those with neither Sec-Fetch-Site nor Origin, such as those
// from behind a proxy that removes the two headers. The
// configured token may also come as a bearer token, which no browser sends by
// itself.
func (d *Dashboard) authenticate(r *http.Request) (session, error) {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return d.checkToken(bearer)
	}
	one, known := d.sessionOf(r)
	if !known {
		return session{}, errSignIn
	}
	// In constant time, so that the time of the answer does not tell how much of a
	// guess is right.
	if subtle.ConstantTimeCompare([]byte(one.csrf), []byte(r.Header.Get(csrfHeader))) != 1 {
		return session{}, fmt.Errorf("%w: %s must be the token of the session", errForbidden, csrfHeader)
	}
	return one, nil
}

// sessionOf returns the open session that the cookie of a request names.
func (d *Dashboard) sessionOf(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	return d.sessions.find(cookie.Value, d.now())
}

// checkToken returns the session of a configured token.
func (d *Dashboard) checkToken(token string) (session, error) {
	role := d.roleOf(token)
	if role == nobody {
		return session{}, fmt.Errorf("%w: the token is not the configured one", errSignIn)
	}
	return session{role: role}, nil
}

// sessionJSON lists what a client may do.
type sessionJSON struct {
	SignedIn bool     `json:"signed_in"`
	Ways     []string `json:"ways"` // to sign in: token, gateway
	Can      []string `json:"can"`  // pause, mode
	CSRF     string   `json:"csrf,omitempty"`
}

// newSessionJSON returns the answer for a session, the zero value for none.
func (d *Dashboard) newSessionJSON(one session) sessionJSON {
	out := sessionJSON{SignedIn: one.csrf != "", CSRF: one.csrf, Ways: []string{}, Can: []string{}}
	if d.cfg.Token != "" || d.cfg.ReadToken != "" {
		out.Ways = append(out.Ways, "token")
	}
	if d.gateway != nil {
		out.Ways = append(out.Ways, "gateway")
	}
	if one.role == operator {
		out.Can = append(out.Can, "pause", "mode")
	}
	return out
}

// serveSession answers what the client may do, and the token of its session. Scripts
// of other origins can send this request, but cannot read the answer.
func (d *Dashboard) serveSession(w http.ResponseWriter, r *http.Request) {
	one, _ := d.sessionOf(r)
	answer(w, d.newSessionJSON(one))
}

// signIn opens a session for the configured token, or for a user and password
// that the gateway accepts.
func (d *Dashboard) signIn(w http.ResponseWriter, r *http.Request) error {
	var given struct{ Token, User, Password string }
	if err := readJSON(r, &given); err != nil {
		return err
	}
	one, err := d.checkCredentials(r, given.Token, given.User, given.Password)
	if err != nil {
		return err
	}
	// The secrets are made at the sign-in: nothing that was known before, such as a
	// planted cookie, is ever valid.
	one.csrf, one.expires = rand.Text(), d.now().Add(sessionAge)
	d.setCookie(w, r, sessionCookie, d.sessions.begin(one, d.now()), sessionAge)
	d.setCookie(w, r, deviceCookie, d.devices.issue(d.now()), deviceAge)
	d.log.Info("signed in", "by", one.name())
	answer(w, d.newSessionJSON(one))
	return nil
}

// checkCredentials returns a session for the given token, or for the user and password
// if there is no token.
func (d *Dashboard) checkCredentials(r *http.Request, token, user, password string) (session, error) {
	if token != "" || user == "" || d.gateway == nil {
		return d.checkToken(token)
	}
	if err := d.checkPassword(r, user, password); err != nil {
		return session{}, err
	}
	return session{role: operator, user: user}, nil
}

// checkPassword asks the gateway, unless there were too many attempts.
func (d *Dashboard) checkPassword(r *http.Request, user, password string) (err error) {
	if !d.throttle.acquire(d.now(), d.isKnown(r)) {
		return errTooMany
	}
	// Only a wrong password keeps the slot taken. A gateway that does not answer
	// must not lock the users out.
	defer func() { d.throttle.release(d.now(), errors.Is(err, errSignIn)) }()
	return d.gateway.check(r.Context(), user, password)
}

// signOut ends the session and removes its cookie. The device cookie stays: the
// browser is still known.
func (d *Dashboard) signOut(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.authenticate(r); err != nil {
		return err
	}
	d.endSession(r)
	// The session is ended on the server first, so that a copy of the cookie is
	// worthless.
	d.setCookie(w, r, sessionCookie, "", -time.Second)
	answer(w, d.newSessionJSON(session{}))
	return nil
}

// endSession ends the session that the cookie of a request names, if any.
func (d *Dashboard) endSession(r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		d.sessions.end(cookie.Value)
	}
}

// setCookie sets a cookie for the path of the dashboard, since other functions
// have the same host. A negative age removes the cookie.
func (d *Dashboard) setCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: d.cfg.Path, MaxAge: int(age.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// Secure only over HTTPS: a browser would drop such a cookie of a plain
		// address, and nobody could sign in there. The gateway ends TLS and says so
		// in the header.
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}
