package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// ModesBucket is the key-value bucket with the modes that the operator has set. A key is a
// function (name.namespace), its value a signed envelope of type event.TypeMode. A function
// without a value has the mode of its annotation.
const ModesBucket = "prewarm_modes"

// modesSize bounds the bucket, in bytes. One value per function is kept; 10,000 of them are
// about 5 MB.
const modesSize = 16 << 20

// newModes returns the bucket of modes. A mode that cannot be trusted means observe:
// somebody has set one, which may have been off.
func newModes(cfg Config) *bucket[event.Mode] {
	return &bucket[event.Mode]{
		config: jetstream.KeyValueConfig{Bucket: ModesBucket, History: 1, MaxBytes: modesSize, MaxValueSize: maxSetting, Replicas: cfg.Replicas},
		value: func(e jetstream.KeyValueEntry) (event.Mode, bool, error) {
			if e.Operation() != jetstream.KeyValuePut {
				return event.Mode{}, false, nil // cleared
			}
			var one event.Mode
			err := openSetting(cfg.Keys, event.TypeMode, e, &one)
			if err != nil {
				one = event.Mode{Function: e.Key(), Mode: "observe", By: "unreadable value", Time: e.Created()}
			}
			return one, one.Validate() == nil, err // the key may be no function
		},
	}
}

// Modes returns the modes that the operator has set, by function. The map is shared and must
// not be written to.
//
// A call costs one small request. A value whose function is not its key, or that was not
// signed with the keys of the configuration, is logged and means observe. If the bucket
// vanishes, its modes stay, until they are set or cleared in a new one or the process ends:
// nothing is scaled because NATS has lost its data.
func (b *Bus) Modes(ctx context.Context) (map[string]event.Mode, error) {
	known, _, err := b.modes.read(ctx, b)
	return known, err
}

// SetMode sets the mode of a function, whatever its annotation says. The error wraps
// event.ErrPayload if the mode is not valid, and ErrUnavailable otherwise.
func (b *Bus) SetMode(ctx context.Context, mode event.Mode) error {
	return b.modes.put(ctx, b, event.TypeMode, mode.Time, &mode)
}

// ClearMode removes what SetMode has set: the annotation of the function applies again. It
// is no error if no mode was set. The error is that of SetMode.
func (b *Bus) ClearMode(ctx context.Context, function string) error {
	if err := event.CheckFunction(function); err != nil {
		return fmt.Errorf("%w: %w", event.ErrPayload, err)
	}
	return b.modes.change(ctx, b, func(ctx context.Context, kv jetstream.KeyValue) error {
		return kv.Delete(ctx, function)
	})
}
