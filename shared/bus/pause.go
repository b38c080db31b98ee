package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// ControlBucket is the key-value bucket with the operator's pause switch. Its key
// paused holds "true" while no function may be scaled, and "false" otherwise:
//
//	nats kv put prewarm_control paused true
const (
	ControlBucket = "prewarm_control"
	pausedKey     = "paused"
)

// Paused reports whether the operator has paused all scaling. A switch that was
// never set is off. One that cannot be read is an error, not off.
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

// isPaused parses the switch as an operator may have typed it. An unreadable value
// counts as paused: someone tried to set it, and a pause does the least harm.
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
	if _, err := kv.PutString(ctx, pausedKey, strconv.FormatBool(paused)); err != nil {
		return fmt.Errorf("%w: set the pause switch: %w", ErrUnavailable, err)
	}
	return nil
}

// control opens the bucket, and creates it if it is missing. It keeps the last five
// values, so that an operator can see when the switch was set.
func (b *Bus) control(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := ensureBucket(ctx, b.js, jetstream.KeyValueConfig{Bucket: ControlBucket, History: 5, MaxBytes: 1 << 20})
	if err != nil {
		return nil, fmt.Errorf("%w: open bucket %s: %w", ErrUnavailable, ControlBucket, err)
	}
	return kv, nil
}
