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

// setting is a signed value of a bucket: what the operator has set.
type setting interface {
	event.Payload
	Key() string // its key in the bucket
}

// bucket is a key-value bucket with settings of type V, and what was last read of it.
type bucket[V any] struct {
	config jetstream.KeyValueConfig
	// value reads an entry. An error is logged; keep reports whether there is a value
	// nevertheless.
	value func(e jetstream.KeyValueEntry) (v V, keep bool, err error)

	mu    sync.Mutex
	state bucketState
	known map[string]V // what read returns; replaced, never written to
	kept  map[string]V // the part of known that the bucket has lost
}

// bucketState tells whether a bucket has changed.
type bucketState struct {
	created time.Time
	last    uint64 // sequence number
	values  uint64
}

// read returns the settings by key, and those of them that the bucket has lost: if it
// vanishes or is emptied, its settings stay, until they are set again or the process ends.
// The maps are shared and must not be written to.
//
// A call costs one small request. The values are read again only when the bucket has changed.
func (s *bucket[V]) read(ctx context.Context, b *Bus) (known, kept map[string]V, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	stream, err := b.js.Stream(ctx, "KV_"+s.config.Bucket) // by the convention of NATS
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s.state = bucketState{}
		s.keep(b, s.known)
		return s.known, s.kept, nil
	}
	if err == nil {
		want := stream.CachedInfo().Config
		want.Replicas = s.config.Replicas
		b.compare(stream.CachedInfo().Config, want)
		err = s.refresh(ctx, b, stream.CachedInfo())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: read bucket %s: %w", ErrUnavailable, s.config.Bucket, b.explain(ctx, err))
	}
	return s.known, s.kept, nil
}

// keep notes which of the known settings the bucket has lost.
func (s *bucket[V]) keep(b *Bus, lost map[string]V) {
	if len(lost) > 0 && len(s.kept) == 0 {
		b.cfg.Log.Warn("a bucket has vanished or was emptied; what was read of it stays until it is set again or the process ends",
			"bucket", s.config.Bucket, "values", len(lost))
	}
	s.kept = lost
}

// refresh reads the bucket if it is not as it was. A key that was there and has no entry at
// all is lost: what an operator removes leaves a mark.
func (s *bucket[V]) refresh(ctx context.Context, b *Bus, info *jetstream.StreamInfo) error {
	state := bucketState{info.Created, info.State.LastSeq, info.State.Msgs}
	if state == s.state {
		return nil
	}
	if !state.created.Equal(s.state.created) {
		s.state = bucketState{} // the bucket was deleted and created again
	}
	found, lost := map[string]V{}, maps.Clone(s.known)
	err := each(ctx, b.js, s.config.Bucket, func(e jetstream.KeyValueEntry) {
		delete(lost, e.Key())
		v, keep, err := s.value(e)
		if err != nil && e.Revision() > s.state.last { // once, not with each change of the bucket
			b.cfg.Log.Warn("a value of the operator cannot be trusted; the safest one holds until it is set again",
				"bucket", s.config.Bucket, "key", fmt.Sprintf("%.140q", e.Key()), "error", err)
		}
		if keep {
			found[e.Key()] = v
		}
	})
	if err == nil {
		maps.Copy(found, lost)
		s.state, s.known = state, found
		s.keep(b, lost)
	}
	return err
}

// each passes the last entry of each key of a bucket to fn.
func each(ctx context.Context, js jetstream.JetStream, name string, fn func(jetstream.KeyValueEntry)) error {
	kv, err := js.KeyValue(ctx, name)
	if err != nil {
		return err
	}
	return eachOf(ctx, kv, ">", fn)
}

// eachOf passes the last entry of each key that matches a pattern to fn.
func eachOf(ctx context.Context, kv jetstream.KeyValue, keys string, fn func(jetstream.KeyValueEntry)) error {
	watcher, err := kv.Watch(ctx, keys)
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

// openSetting checks the value of an entry and decodes it into v.
func openSetting(keys event.Keys, typ string, e jetstream.KeyValueEntry, v setting) error {
	switch {
	case keys.None():
		return fmt.Errorf("%w: there is no key to check it with", event.ErrSignature)
	case e.Operation() != jetstream.KeyValuePut:
		return fmt.Errorf("%w: it was deleted, which nobody signs", event.ErrSignature)
	}
	if _, err := event.Open(keys, typ, e.Value(), v); err != nil {
		return err
	}
	if v.Key() != e.Key() {
		return fmt.Errorf("%w: it is the value of key %.140q", event.ErrPayload, v.Key())
	}
	return nil
}

// put signs a setting and stores it. The error wraps event.ErrPayload if it is not valid,
// and ErrUnavailable otherwise.
func (s *bucket[V]) put(ctx context.Context, b *Bus, typ string, at time.Time, v setting) error {
	_, body, err := event.Seal(b.cfg.Keys, typ, max(0, at.Unix()), v.Key(), v)
	if err != nil {
		return err
	}
	return s.change(ctx, b, func(ctx context.Context, kv jetstream.KeyValue) error {
		_, err := kv.Put(ctx, v.Key(), body)
		return err
	})
}

// change opens the bucket, creates it if it is missing, and changes it.
func (s *bucket[V]) change(ctx context.Context, b *Bus, change func(context.Context, jetstream.KeyValue) error) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	kv, err := ensureBucket(ctx, b.js, s.config)
	if err == nil {
		err = change(ctx, kv)
	}
	if err != nil {
		return fmt.Errorf("%w: change bucket %s: %w", ErrUnavailable, s.config.Bucket, b.explain(ctx, err))
	}
	return nil
}
