package bus

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// server is what a story's server answers: to each look and each creation the next error.
type server struct {
	looks, creations []error
	created          int
}

func (s *server) look() (string, error) {
	err := s.looks[0]
	s.looks = s.looks[min(1, len(s.looks)-1):]
	return "found", err
}

func (s *server) create() (string, error) {
	s.created++
	err := s.creations[0]
	s.creations = s.creations[min(1, len(s.creations)-1):]
	return "created", err
}

// apiError is an answer of JetStream as nats.go returns it.
func apiError(status int, code jetstream.ErrorCode) error {
	return fmt.Errorf("nats: %w", &jetstream.APIError{Code: status, ErrorCode: code})
}

func TestAMissingStreamIsCreatedAsSoonAsTheServerCan(t *testing.T) {
	missing, directory := jetstream.ErrStreamNotFound, apiError(500, 10049) // the directory is being removed
	for name, c := range map[string]struct {
		server
		want    string
		created int
	}{
		"it exists":                      {server{looks: []error{nil}}, "found", 0},
		"it is missing":                  {server{looks: []error{missing}, creations: []error{nil}}, "created", 1},
		"a bucket is missing":            {server{looks: []error{jetstream.ErrBucketNotFound}, creations: []error{nil}}, "created", 1},
		"it was just deleted":            {server{looks: []error{missing}, creations: []error{directory, directory, nil}}, "created", 3},
		"no leader yet":                  {server{looks: []error{missing}, creations: []error{apiError(503, 10008), nil}}, "created", 2},
		"somebody else creates it":       {server{looks: []error{missing, nil}, creations: []error{jetstream.ErrStreamNameAlreadyInUse}}, "found", 1},
		"somebody else creates a bucket": {server{looks: []error{missing, nil}, creations: []error{jetstream.ErrBucketExists}}, "found", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			got, err := ensure(ctx, c.look, c.create)
			if got != c.want || err != nil || c.server.created != c.created {
				t.Errorf("%s: got %q, %v after %d creations, want %q after %d", name, got, err, c.server.created, c.want, c.created)
			}
		})
	}
}

func TestARefusedCreationIsNotRepeated(t *testing.T) {
	overlap := apiError(400, codeOverlap)
	s := server{looks: []error{jetstream.ErrStreamNotFound}, creations: []error{overlap}}
	if _, err := ensure(t.Context(), s.look, s.create); !errors.Is(err, overlap) || s.created != 1 {
		t.Errorf("got %v after %d creations", err, s.created)
	}
	for _, code := range []jetstream.ErrorCode{codeNoStorage, codeNoReplicas} {
		s = server{looks: []error{jetstream.ErrStreamNotFound}, creations: []error{apiError(500, code)}}
		if _, err := ensure(t.Context(), s.look, s.create); err == nil || s.created != 1 {
			t.Errorf("%d: got %v after %d creations", code, err, s.created)
		}
	}
	away := errors.New("no responders")
	s = server{looks: []error{away}}
	if _, err := ensure(t.Context(), s.look, s.create); !errors.Is(err, away) || s.created != 0 {
		t.Errorf("without an answer: got %v after %d creations", err, s.created)
	}
}

// The error of the server tells more than that of the context.
func TestAServerThatStaysBrokenIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		full := apiError(500, 10049)
		s := server{looks: []error{jetstream.ErrStreamNotFound}, creations: []error{full}}
		if _, err := ensure(ctx, s.look, s.create); !errors.Is(err, full) || !errors.Is(err, context.DeadlineExceeded) || s.created < 10 {
			t.Errorf("got %v after %d creations", err, s.created)
		}
	})
}
