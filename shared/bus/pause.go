package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// ControlBucket is the key-value bucket of the operator's switches. The key
// paused holds "true" while nothing may be scaled, and "false" otherwise:
//
//	nats kv put prewarm_control paused true
const (
	ControlBucket = "prewarm_control"
	pausedKey     = "paused"
)

// Paused reports whether the operator has frozen every function at its current
// scale. A switch that cannot be read is an error, not "no".
func (b *Bus) Paused(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	kv, err := b.control(ctx)
	if err != nil {
		return false, err
	}
	entry, err := kv.Get(ctx, pausedKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: read the pause switch: %w", ErrUnavailable, err)
	}
	return isPaused(string(entry.Value())), nil
}

// isPaused takes what an operator may type. Who wrote what cannot be read meant
// to switch something: it pauses, which harms least.
func isPaused(value string) bool {
	value = strings.TrimSpace(value)
	paused, err := strconv.ParseBool(value)
	return paused || err != nil && value != ""
}

// SetPaused sets the switch that Paused reads.
func (b *Bus) SetPaused(ctx context.Context, paused bool) error {
	kv, err := b.control(ctx)
	if err != nil {
		return err
	}
	if _, err := kv.PutString(ctx, pausedKey, fmt.Sprint(paused)); err != nil {
		return fmt.Errorf("%w: set the pause switch: %w", ErrUnavailable, err)
	}
	return nil
}

func (b *Bus) control(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := b.js.KeyValue(ctx, ControlBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = b.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: ControlBucket, History: 5, MaxBytes: 1 << 20})
	}
	if err != nil {
		return nil, fmt.Errorf("%w: open bucket %s: %w", ErrUnavailable, ControlBucket, err)
	}
	return kv, nil
}
