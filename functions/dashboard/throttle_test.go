package dashboard

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const (
	rightPassword = `{"user":"admin","password":"the-right-password"}`
	wrongPassword = `{"user":"admin","password":"guess"}`
)

func withGateway(t *testing.T, gateway controller) *client {
	d := newFake(t, &fakeSource{})
	d.gateway = gateway
	return &client{d: d}
}

func TestGuessesDoNotBlockTheToken(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	d.gateway = &fakeController{}
	attacker, operator := &client{d: d}, &client{d: d}
	bearer := func(text string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+text) }
	}
	for range 10 * maxFailures {
		attacker.send(http.MethodPost, "session", wrongPassword)
		attacker.send(http.MethodPost, "session", `{"token":"guess"}`)
		if w := attacker.send(http.MethodPost, "pause", `{"paused":true}`, bearer("guess")); w.Code != http.StatusUnauthorized {
			t.Fatalf("got %d", w.Code)
		}
	}
	if w := operator.send(http.MethodPost, "pause", `{"paused":true}`, bearer(token)); w.Code != http.StatusOK || !source.paused {
		t.Errorf("the token as a bearer got %d %s", w.Code, w.Body)
	}
	operator.signIn(t, `{"token":"`+token+`"}`)
	if w := operator.send(http.MethodPost, "pause", `{"paused":false}`); w.Code != http.StatusOK || source.paused {
		t.Errorf("a session got %d %s", w.Code, w.Body)
	}
}

func TestPasswordAttemptsAreLimited(t *testing.T) {
	v := withGateway(t, &fakeController{})
	v.guess(t, maxFailures-knownFailures, http.StatusUnauthorized)
	if w := v.send(http.MethodPost, "session", rightPassword); w.Code != http.StatusTooManyRequests {
		t.Errorf("got %d", w.Code)
	}
	v.d.now = func() time.Time { return time.Unix(origin+120, 0) }
	v.signIn(t, rightPassword)
}

// slowGateway refuses every password, but only after answers is closed.
type slowGateway struct {
	asked   atomic.Int64
	answers chan struct{}
}

func (s *slowGateway) check(context.Context, string, string) error {
	s.asked.Add(1)
	<-s.answers
	return errSignIn
}

// 500 attempts at the same time must neither exceed the bounds nor take the slots
// of known browsers.
func TestAttemptsCountWhileTheyAreInProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gateway := &slowGateway{answers: make(chan struct{})}
		attacker := withGateway(t, gateway)
		known := forgetful(t, attacker.d, `{"token":"`+token+`"}`)
		var refused atomic.Int64
		storm := func(v *client) {
			for range 500 {
				go func() {
					// 503: all places for changes were taken at that moment.
					switch v.send(http.MethodPost, "session", wrongPassword).Code {
					case http.StatusTooManyRequests, http.StatusServiceUnavailable:
						refused.Add(1)
					}
				}()
			}
			synctest.Wait()
		}
		storm(attacker)
		if asked := gateway.asked.Load(); asked != maxChecks-knownChecks || refused.Load() != 500-asked {
			t.Errorf("the gateway was asked %d times by unknown browsers, %d attempts were refused", asked, refused.Load())
		}
		storm(known)
		if asked := gateway.asked.Load(); asked != maxChecks || refused.Load() != 1000-asked {
			t.Errorf("the gateway was asked %d times, %d were refused", asked, refused.Load())
		}
		close(gateway.answers)
		synctest.Wait()
		for _, v := range []*client{attacker, known} {
			for range 500 {
				v.send(http.MethodPost, "session", wrongPassword)
			}
		}
		if gateway.asked.Load() != maxFailures {
			t.Errorf("the gateway was asked %d times within a minute", gateway.asked.Load())
		}
	})
}

func TestOnlyWrongPasswordsCount(t *testing.T) {
	gateway := &fakeController{err: errGateway}
	v := withGateway(t, gateway)
	for range 2 * maxFailures {
		if w := v.send(http.MethodPost, "session", rightPassword); w.Code != http.StatusBadGateway {
			t.Fatalf("a gateway that does not answer: got %d", w.Code)
		}
	}
	gateway.err = nil
	for range 2 * maxFailures {
		v.signIn(t, rightPassword)
	}
}
