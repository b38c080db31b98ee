package dashboard

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// Bounds of what is kept of those who signed in.
const (
	sessionAge  = 8 * time.Hour
	maxSessions = 100
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
