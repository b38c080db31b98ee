package openfaas_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/openfaas"
)

// lister answers each list with one more replica, and every second one with an error.
type lister struct{ lists int }

var errAway = errors.New("away")

func (l *lister) List(context.Context) ([]openfaas.Function, error) {
	if l.lists++; l.lists%2 == 0 {
		return nil, errAway
	}
	return []openfaas.Function{{Name: "a.fn", Replicas: l.lists}}, nil
}

func TestPollTakesEveryAnswerUntilItHasEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, taken := time.Now(), 0
		openfaas.Poll(t.Context(), &lister{}, time.Minute, func(list []openfaas.Function, err error) bool {
			taken++
			if failed := taken%2 == 0; failed != errors.Is(err, errAway) || !failed && list[0].Replicas != taken {
				t.Errorf("answer %d: got %+v, %v", taken, list, err)
			}
			return taken < 4
		})
		if passed := time.Since(begin); taken != 4 || passed != 3*time.Minute {
			t.Errorf("%d answers in %v, want 4 with three intervals between them", taken, passed)
		}
	})
}

func TestPollEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		begin, l := time.Now(), &lister{}
		openfaas.Poll(ctx, l, time.Minute, func([]openfaas.Function, error) bool { return true })
		if passed := time.Since(begin); l.lists != 3 || passed != 150*time.Second {
			t.Errorf("%d lists in %v, want 3 and the end within the interval", l.lists, passed)
		}
	})
}
