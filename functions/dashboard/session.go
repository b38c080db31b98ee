package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Bounds of what is kept of those who signed in.
const (
	sessionAge    = 8 * time.Hour
	maxSessions   = 100
	sessionCookie = "prewarm_session"
	csrfHeader    = "X-CSRF-Token"
)

// session is somebody who may change things. With the gateway's credentials
// they may change modes too, with those credentials.
type session struct {
	csrf           string
	expires        time.Time
	user, password string // of the gateway, empty with the token
}

// who names the session in a log.
func (s session) who() string {
	if s.user == "" {
		return "token"
	}
	return "gateway user " + s.user
}

// sessions holds those who signed in, by the hash of what their cookie says.
type sessions struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]session
}

func newSessions() *sessions { return &sessions{open: map[[sha256.Size]byte]session{}} }

// begin opens a session and returns the secret of its cookie. Where there are
// too many, the one that would end first ends now.
func (s *sessions) begin(one session, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var oldest [sha256.Size]byte
	for id, o := range s.open {
		if was, known := s.open[oldest]; !known || o.expires.Before(was.expires) {
			oldest = id
		}
		if now.After(o.expires) {
			delete(s.open, id)
		}
	}
	if len(s.open) >= maxSessions {
		delete(s.open, oldest)
	}
	secret := rand.Text()
	s.open[sha256.Sum256([]byte(secret))] = one
	return secret
}

func (s *sessions) find(secret string, now time.Time) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.open[sha256.Sum256([]byte(secret))]
	return one, known && now.Before(one.expires)
}

func (s *sessions) end(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, sha256.Sum256([]byte(secret)))
}

var (
	// errSignIn means that nobody is signed in, or with the wrong credentials.
	errSignIn = errors.New("sign in first")
	// errForbidden means a request that another site may have made, or that the
	// session does not allow.
	errForbidden = errors.New("not allowed")
	// errTooMany means too many tries to sign in with a password.
	errTooMany = errors.New("too many tries to sign in with a password; wait a minute")
	// errRequest means a body that says nothing that is known.
	errRequest = errors.New("request is not valid")
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
	d.setCookie(w, r, d.sessions.begin(one, d.now()), int(sessionAge.Seconds()))
	d.log.Info("signed in", "by", one.who())
	answer(w, d.newSessionJSON(&one))
	return nil
}

func (d *Dashboard) byCredentials(r *http.Request, token, user, password string) (session, error) {
	if token != "" || user == "" || d.gateway == nil {
		return d.byToken(token)
	}
	if err := d.checkPassword(r.Context(), user, password); err != nil {
		return session{}, err
	}
	return session{user: user, password: password}, nil
}

func (d *Dashboard) checkPassword(ctx context.Context, user, password string) (err error) {
	if !d.throttle.enter(d.now()) {
		return errTooMany
	}
	defer func() { d.throttle.leave(d.now(), errors.Is(err, errSignIn)) }()
	return d.gateway.check(ctx, user, password)
}

func (d *Dashboard) signOut(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.authorise(r); err != nil {
		return err
	}
	d.endSession(r)
	d.setCookie(w, r, "", -1)
	answer(w, d.newSessionJSON(nil))
	return nil
}

// endSession ends the session that the request names, if any.
func (d *Dashboard) endSession(r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		d.sessions.end(cookie.Value)
	}
}

// setCookie sets the cookie for the dashboard's own path: other functions share
// its host.
func (d *Dashboard) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: value, Path: d.cfg.Path, MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}

// maxRequest bounds the body of a request that changes something.
const maxRequest = 4 << 10

// readJSON reads a small body. Its type must be JSON, which no form of another
// site can send.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("%w: Content-Type must be application/json", errRequest)
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: the body must be a small JSON object with known fields", errRequest)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: the body must be one JSON object", errRequest)
	}
	return nil
}
