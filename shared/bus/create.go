package bus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// createRetry is the wait before a creation is tried again.
const createRetry = 50 * time.Millisecond

// EnsureStream creates the stream if it is missing, and leaves it as it is otherwise: an
// operator may have set its limits. It tries again while JetStream answers with an error of
// the server, until ctx ends: a stream that was just deleted cannot be created before its
// directory is removed.
func EnsureStream(ctx context.Context, js jetstream.JetStream, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	return ensure(ctx,
		func() (jetstream.Stream, error) { return js.Stream(ctx, cfg.Name) },
		func() (jetstream.Stream, error) { return js.CreateStream(ctx, cfg) })
}

// ensureBucket is EnsureStream for a key-value bucket.
func ensureBucket(ctx context.Context, js jetstream.JetStream, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	return ensure(ctx,
		func() (jetstream.KeyValue, error) { return js.KeyValue(ctx, cfg.Bucket) },
		func() (jetstream.KeyValue, error) { return js.CreateKeyValue(ctx, cfg) })
}

// ensure opens a stream or bucket, and creates it if it is missing.
func ensure[T any](ctx context.Context, open, create func() (T, error)) (T, error) {
	for {
		found, err := open()
		if !errors.Is(err, jetstream.ErrStreamNotFound) && !errors.Is(err, jetstream.ErrBucketNotFound) {
			return found, err
		}
		made, err := create()
		if err == nil || !again(err) {
			return made, err
		}
		select {
		case <-ctx.Done():
			return made, fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(createRetry):
		}
	}
}

// again reports whether a failed creation is worth another attempt: the server has failed,
// or somebody else has created the stream meanwhile.
func again(err error) bool {
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) || errors.Is(err, jetstream.ErrBucketExists) {
		return true
	}
	var refused jetstream.JetStreamError
	if !errors.As(err, &refused) || refused.APIError() == nil || refused.APIError().Code < http.StatusInternalServerError {
		return false
	}
	code := refused.APIError().ErrorCode
	return code != codeNoStorage && code != codeNoReplicas // only its operator mends these
}
