package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// ModesBucket is the key-value bucket with the modes that the operator has set. A key is a
// function (name.namespace), its value a signed envelope of type event.TypeMode. A function
// without a value has the mode of its annotation.
const ModesBucket = "prewarm_modes"

// modesStream is the stream behind the bucket, by the convention of NATS.
const modesStream = "KV_" + ModesBucket

// modes is what was last read of the bucket.
type modes struct {
	mu    sync.Mutex
	state bucketState
	known map[string]event.Mode // what Modes returns; replaced, never written to
	kept  map[string]event.Mode // of a bucket that vanished, as far as no later bucket names them
	gone  bool                  // the loss of the bucket is logged
}

// bucketState tells whether a bucket has changed.
type bucketState struct {
	created time.Time
	last    uint64 // sequence number
	values  uint64
}

// Modes returns the modes that the operator has set, by function. The map is shared and must
// not be written to.
//
// A call costs one small request. The values are read again only when the bucket has
// changed. One whose function is not its key, or that was not signed with the keys of the
// configuration, is logged and means observe: somebody has set a mode, which may have been
// off. If the bucket vanishes, its modes stay, until they are set or cleared in a new one or
// the process ends: nothing is scaled because NATS has lost its data.
func (b *Bus) Modes(ctx context.Context) (map[string]event.Mode, error) {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	b.modes.mu.Lock()
	defer b.modes.mu.Unlock()
	stream, err := b.js.Stream(ctx, modesStream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		b.loseModes()
		return b.modes.known, nil
	}
	if err == nil {
		err = b.readModes(ctx, stream.CachedInfo())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: read the modes: %w", ErrUnavailable, b.explain(ctx, err))
	}
	return b.modes.known, nil
}

// loseModes keeps the known modes when the bucket does not exist.
func (b *Bus) loseModes() {
	m := &b.modes
	m.state, m.kept = bucketState{}, m.known
	if len(m.known) > 0 && !m.gone {
		m.gone = true
		b.cfg.Log.Warn("the bucket of modes has vanished; the modes that were read stay until they are set again or the process ends",
			"bucket", ModesBucket, "modes", len(m.known))
	}
}

// readModes reads the bucket if it is not as it was.
func (b *Bus) readModes(ctx context.Context, info *jetstream.StreamInfo) error {
	m, state := &b.modes, bucketState{info.Created, info.State.LastSeq, info.State.Msgs}
	if state == m.state {
		return nil
	}
	if m.state != (bucketState{}) && !state.created.Equal(m.state.created) {
		b.loseModes() // the bucket was deleted and created again
	}
	found, kept := map[string]event.Mode{}, maps.Clone(m.kept)
	err := b.eachMode(ctx, func(e jetstream.KeyValueEntry) {
		delete(kept, e.Key())
		if e.Operation() != jetstream.KeyValuePut {
			return
		}
		one, err := openMode(b.cfg.Keys, e.Key(), e.Value())
		if err != nil {
			one = event.Mode{Function: e.Key(), Mode: "observe", By: "unreadable value", Time: e.Created()}
			if e.Revision() > m.state.last { // once, not with each change of the bucket
				b.cfg.Log.Warn("a mode cannot be read; its function is observed until the mode is set again or cleared",
					"key", fmt.Sprintf("%.140q", e.Key()), "error", err)
			}
		}
		if one.Validate() == nil { // the key may be no function
			found[e.Key()] = one
		}
	})
	if err == nil {
		maps.Copy(found, kept)
		m.state, m.known, m.kept, m.gone = state, found, kept, false
	}
	return err
}

// eachMode passes the last entry of each key to fn.
func (b *Bus) eachMode(ctx context.Context, fn func(jetstream.KeyValueEntry)) error {
	kv, err := b.js.KeyValue(ctx, ModesBucket)
	if err != nil {
		return err
	}
	watcher, err := kv.WatchAll(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Stop() }()
	for {
		select {
		case e, open := <-watcher.Updates():
			switch {
			case !open:
				return errors.New("the bucket was not read to its end")
			case e == nil: // all that was in the bucket is read
				return nil
			}
			fn(e)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// openMode checks the value of a key of the bucket.
func openMode(keys event.Keys, key string, value []byte) (event.Mode, error) {
	var one event.Mode
	if _, err := event.Open(keys, event.TypeMode, value, &one); err != nil {
		return event.Mode{}, err
	}
	if one.Function != key {
		return event.Mode{}, fmt.Errorf("%w: function must be the key %.140q, was: %.140q", event.ErrPayload, key, one.Function)
	}
	return one, nil
}

// SetMode sets the mode of a function, whatever its annotation says. The error wraps
// event.ErrPayload if the mode is not valid, and ErrUnavailable otherwise.
func (b *Bus) SetMode(ctx context.Context, mode event.Mode) error {
	_, body, err := event.Seal(b.cfg.Keys, event.TypeMode, max(0, mode.Time.Unix()), mode.Function, &mode)
	if err != nil {
		return err
	}
	return b.changeModes(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		_, err := kv.Put(ctx, mode.Function, body)
		return err
	})
}

// ClearMode removes what SetMode has set: the annotation of the function applies again. It
// is no error if no mode was set. The error is that of SetMode.
func (b *Bus) ClearMode(ctx context.Context, function string) error {
	if err := event.CheckFunction(function); err != nil {
		return fmt.Errorf("%w: %w", event.ErrPayload, err)
	}
	return b.changeModes(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		return kv.Delete(ctx, function)
	})
}

// changeModes opens the bucket, creates it if it is missing, and changes it. One value per
// function is kept; 10,000 of them are about 5 MB.
func (b *Bus) changeModes(ctx context.Context, change func(context.Context, jetstream.KeyValue) error) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	kv, err := ensureBucket(ctx, b.js, jetstream.KeyValueConfig{Bucket: ModesBucket, History: 1, MaxBytes: 64 << 20, MaxValueSize: 4 << 10})
	if err == nil {
		err = change(ctx, kv)
	}
	if err != nil {
		return fmt.Errorf("%w: change the modes: %w", ErrUnavailable, b.explain(ctx, err))
	}
	return nil
}
