package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// ControlBucket is the key-value bucket with the operator's pause switch. The value of its
// key event.PauseKey is a signed envelope of type event.TypePause.
const ControlBucket = "prewarm_control"

const (
	controlSize = 1 << 20 // bytes
	maxSetting  = 4 << 10 // bytes of a value that the operator sets
)

// newControl returns the bucket of the pause switch. It keeps the last five values, so that
// an operator can see when the switch was set. A value that cannot be trusted counts as
// paused: somebody tried to set it, and a pause does the least harm. So does one that was
// deleted.
func newControl(cfg Config) *bucket[event.Pause] {
	return &bucket[event.Pause]{
		config: jetstream.KeyValueConfig{Bucket: ControlBucket, History: 5, MaxBytes: controlSize, MaxValueSize: maxSetting, Replicas: cfg.Replicas},
		value: func(e jetstream.KeyValueEntry) (event.Pause, bool, error) {
			var p event.Pause
			if e.Key() != event.PauseKey {
				return p, false, nil
			}
			err := openSetting(cfg.Keys, event.TypePause, e, &p)
			if err != nil {
				p = event.Pause{Paused: true, By: "unreadable value", Time: e.Created(), Note: fmt.Sprintf("the value in NATS cannot be trusted (%v)", err)}
			}
			return p, true, err
		},
	}
}

// Paused returns the operator's pause switch. One that was never set is off. A value that
// was not signed with the keys of the configuration counts as paused, and its Note says so.
// If the bucket vanishes or is emptied, the switch stays until it is set again or the process
// ends. One that cannot be read is an error, not off.
func (b *Bus) Paused(ctx context.Context) (event.Pause, error) {
	known, kept, err := b.control.read(ctx, b)
	p := known[event.PauseKey]
	if _, lost := kept[event.PauseKey]; lost && p.Note == "" {
		p.Note = "NATS has lost the switch, which stays as it was until it is set again"
	}
	return p, err
}

// SetPaused sets the switch that Paused reads. The error is that of SetMode.
func (b *Bus) SetPaused(ctx context.Context, p event.Pause) error {
	return b.control.put(ctx, b, event.TypePause, p.Time, &p)
}
