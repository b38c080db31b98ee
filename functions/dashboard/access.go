package dashboard

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// role is what a caller may do.
type role int

const (
	nobody   role = iota // has given no token
	reader               // may read, if reading is closed to others
	operator             // may also pause and set modes
)

// roleOf returns the role that a token gives. Attempts are not limited: a token is too long to
// be guessed, and guesses of others must not keep the operator from the pause switch.
func (d *Dashboard) roleOf(token string) role {
	switch {
	case sameToken(token, d.cfg.Token):
		return operator
	case sameToken(token, d.cfg.ReadToken):
		return reader
	}
	return nobody
}

// sameToken compares a token with the configured one, which is empty for none. Hashes have one
// length, so that the time of the comparison does not reveal that of the token.
func sameToken(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// bearerOf returns the role of the bearer token of a request.
func (d *Dashboard) bearerOf(r *http.Request) role {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return nobody
	}
	return d.roleOf(token)
}

// mayRead reports whether a caller may read. Tokens are not taken from the address: addresses
// are in logs, in the history of browsers, and in links that are passed on.
func (d *Dashboard) mayRead(r *http.Request) bool {
	if d.cfg.ReadToken == "" {
		return true
	}
	_, open := d.sessionOf(r)
	return open || d.bearerOf(r) != nobody
}

// reading answers 401 to callers that may not read.
func (d *Dashboard) reading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.mayRead(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, errSignIn.Error())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readingPage answers callers that may not read with the page to sign in.
func (d *Dashboard) readingPage(next http.Handler) http.Handler {
	closed := d.signInPage(http.StatusUnauthorized, "Sign in to see the functions.")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.mayRead(r) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", "Bearer")
		closed.ServeHTTP(w, r)
	})
}

// signInPage returns a handler of the page to sign in. It needs no state of the functions, and
// is small, so that whoever may sign in can do so while all other places are taken.
func (d *Dashboard) signInPage(status int, text string) http.Handler {
	return d.bound(d.limits.small, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.writePage(w, status, "sign-in", text)
	}))
}
