package dashboard

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Where a request brings what it needs of its session, and of the browser.
const (
	sessionCookie = "prewarm_session"
	deviceCookie  = "prewarm_device"
	csrfHeader    = "X-CSRF-Token"
)

// authorise returns the session of a request that changes something. A cookie
// alone is not enough, since a browser sends it with requests of other sites:
// the session's own token must come in a header. The configured token may also
// come as a bearer, which no browser sends by itself.
func (d *Dashboard) authorise(r *http.Request) (session, error) {
	if err := d.origin.Check(r); err != nil {
		return session{}, fmt.Errorf("%w: %w", errForbidden, err)
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return d.byToken(bearer)
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, errSignIn
	}
	one, known := d.sessions.find(cookie.Value, d.now())
	if !known {
		return session{}, errSignIn
	}
	if subtle.ConstantTimeCompare([]byte(one.csrf), []byte(r.Header.Get(csrfHeader))) != 1 {
		return session{}, fmt.Errorf("%w: %s must be the token of the session", errForbidden, csrfHeader)
	}
	return one, nil
}

// byToken takes any number of tries: the token is too long to be guessed, and
// who guesses must not keep its owner from the pause switch.
func (d *Dashboard) byToken(token string) (session, error) {
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(d.cfg.Token))
	if d.cfg.Token == "" || subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return session{}, fmt.Errorf("%w: the token is not the configured one", errSignIn)
	}
	return session{}, nil
}

// sessionJSON says what the one who asks may do.
type sessionJSON struct {
	SignedIn bool     `json:"signed_in"`
	Ways     []string `json:"ways"` // to sign in: token, gateway
	Can      []string `json:"can"`  // pause, mode
	CSRF     string   `json:"csrf,omitempty"`
}

func (d *Dashboard) newSessionJSON(one *session) sessionJSON {
	out := sessionJSON{Ways: []string{}, Can: []string{}}
	if d.cfg.Token != "" {
		out.Ways = append(out.Ways, "token")
	}
	if d.gateway != nil {
		out.Ways = append(out.Ways, "gateway")
	}
	if one == nil {
		return out
	}
	out.SignedIn, out.CSRF = true, one.csrf
	out.Can = append(out.Can, "pause")
	if one.user != "" {
		out.Can = append(out.Can, "mode")
	}
	return out
}

func (d *Dashboard) serveSession(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		if one, known := d.sessions.find(cookie.Value, d.now()); known {
			answer(w, d.newSessionJSON(&one))
			return
		}
	}
	answer(w, d.newSessionJSON(nil))
}

// signIn takes the configured token, or credentials that the gateway takes.
func (d *Dashboard) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := d.origin.Check(r); err != nil {
		return fmt.Errorf("%w: %w", errForbidden, err)
	}
	var given struct{ Token, User, Password string }
	if err := readJSON(w, r, &given); err != nil {
		return err
	}
	one, err := d.byCredentials(r, given.Token, given.User, given.Password)
	if err != nil {
		return err
	}
	one.csrf, one.expires = rand.Text(), d.now().Add(sessionAge)
	d.setCookie(w, r, sessionCookie, d.sessions.begin(one, d.now()), sessionAge)
	d.setCookie(w, r, deviceCookie, d.devices.issue(d.now()), deviceAge)
	d.log.Info("signed in", "by", one.who())
	answer(w, d.newSessionJSON(&one))
	return nil
}

func (d *Dashboard) byCredentials(r *http.Request, token, user, password string) (session, error) {
	if token != "" || user == "" || d.gateway == nil {
		return d.byToken(token)
	}
	if err := d.checkPassword(r, user, password); err != nil {
		return session{}, err
	}
	return session{user: user, password: password}, nil
}

func (d *Dashboard) checkPassword(r *http.Request, user, password string) (err error) {
	device, _ := r.Cookie(deviceCookie)
	known := device != nil && d.devices.known(device.Value, d.now())
	if !d.throttle.enter(d.now(), known) {
		return errTooMany
	}
	defer func() { d.throttle.leave(d.now(), errors.Is(err, errSignIn)) }()
	return d.gateway.check(r.Context(), user, password)
}

func (d *Dashboard) signOut(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.authorise(r); err != nil {
		return err
	}
	d.endSession(r)
	d.setCookie(w, r, sessionCookie, "", -time.Second)
	answer(w, d.newSessionJSON(nil))
	return nil
}

// endSession ends the session that the request names, if any.
func (d *Dashboard) endSession(r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		d.sessions.end(cookie.Value)
	}
}

// setCookie sets a cookie for the dashboard's own path: other functions share its
// host. A negative age removes it.
func (d *Dashboard) setCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: d.cfg.Path, MaxAge: int(age.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}
