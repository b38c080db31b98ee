package dashboard

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// sessionAge is how long a session lasts after the sign-in.
	sessionAge = 8 * time.Hour
	// maxSessions bounds the open sessions.
	maxSessions = 100
)

// session is an authenticated user.
type session struct {
	role    role
	csrf    string // token that changes must bring in a header
	expires time.Time
	user    string // of the gateway, empty if the configured token was given
}

// name returns the name of the user in the log and beside the modes that were set.
func (s session) name() string {
	if s.user == "" {
		return "token"
	}
	// Bounded, because it becomes a part of a message.
	return "gateway user " + strings.ToValidUTF8(s.user[:min(len(s.user), maxUser)], "")
}

// maxUser bounds the user in a name, in bytes.
const maxUser = 100

// secretHash is the SHA-256 of the secret in a session cookie. The secrets
// themselves are not kept.
type secretHash = [sha256.Size]byte

// sessions holds the open sessions in memory: they end with the process.
type sessions struct {
	mu   sync.Mutex
	open map[secretHash]session
}

// newSessions returns an empty set of sessions.
func newSessions() *sessions { return &sessions{open: map[secretHash]session{}} }

// begin opens a session and returns the secret for its cookie. If there are
// maxSessions already, it ends the one that expires first, of a reader if there is one:
// readers must not keep an operator from the pause switch.
func (s *sessions) begin(one session, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Expired sessions are dropped before the bound applies, so that they never push
	// out an open one.
	maps.DeleteFunc(s.open, func(_ secretHash, o session) bool { return now.After(o.expires) })
	if len(s.open) >= maxSessions {
		delete(s.open, slices.MinFunc(slices.Collect(maps.Keys(s.open)), func(a, b secretHash) int {
			return cmp.Or(cmp.Compare(s.open[a].role, s.open[b].role), s.open[a].expires.Compare(s.open[b].expires))
		}))
	}
	// 128 bits or more of randomness: a secret cannot be guessed, so find needs no
	// throttle.
	secret := rand.Text()
	s.open[sha256.Sum256([]byte(secret))] = one
	return secret
}

// find returns the session of a secret. It reports false if there is none, or if
// it has expired.
func (s *sessions) find(secret string, now time.Time) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Looked up by hash: the time of a map lookup says nothing useful about the
	// secret itself.
	if one, known := s.open[sha256.Sum256([]byte(secret))]; known && now.Before(one.expires) {
		return one, true
	}
	return session{}, false
}

// end ends the session of a secret, if any.
func (s *sessions) end(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, sha256.Sum256([]byte(secret)))
}
