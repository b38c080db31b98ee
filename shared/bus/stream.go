package bus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// Names of the streams, one for each type of message. The subject of a stream is the
// type of its messages, and that with the number of a shard if there are several.
const (
	StreamWindows   = "PREWARM_WINDOWS"
	StreamForecasts = "PREWARM_FORECASTS"
	StreamDecisions = "PREWARM_DECISIONS"
)

// Limits of the streams that no key configures.
const (
	// Windows and forecasts are of use for a few steps. An hour of them lets an
	// operator see what happened.
	transitAge = time.Hour
	// duplicateWindow is the time within which a repeated message is stored once. It
	// must be longer than a restart.
	duplicateWindow = 10 * time.Minute
)

// DefaultTransitSize is the default of Config.TransitSize, in bytes. Of 10,000 functions, of
// which 1 % are called in a step, it holds 30 steps of windows and 12 of forecasts; of 1,000
// that are called in each step, seven of windows. The connector delivers those of five minutes.
const DefaultTransitSize = 128 << 20

// streams returns the configuration of the three streams.
func (c Config) streams() []jetstream.StreamConfig {
	transit := cmp.Or(c.TransitSize, DefaultTransitSize)
	return []jetstream.StreamConfig{
		c.stream(StreamWindows, event.TypeWindows, transitAge, transit),
		c.stream(StreamForecasts, event.TypeForecasts, transitAge, transit),
		c.stream(StreamDecisions, event.TypeDecisions, c.DecisionsAge, c.DecisionsSize),
	}
}

// stream returns the configuration of one stream. The oldest messages are dropped
// when it exceeds age or size.
func (c Config) stream(name, subject string, age time.Duration, size int) jetstream.StreamConfig {
	subjects := []string{subject}
	if c.Shards > 1 {
		subjects = append(subjects, subject+".*")
	}
	return jetstream.StreamConfig{
		Name: name, Subjects: subjects, Storage: jetstream.FileStorage,
		MaxAge: age, MaxBytes: int64(size), MaxMsgSize: event.MaxBody, Discard: jetstream.DiscardOld,
		Duplicates: min(duplicateWindow, age), Compression: jetstream.S2Compression, Replicas: max(1, c.Replicas),
	}
}

// EnsureStreams creates the streams that are missing. Those that exist stay as they are, but
// that the subjects of shards are added, without which nothing could be published.
func (b *Bus) EnsureStreams(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	for _, cfg := range b.cfg.streams() {
		stream, err := EnsureStream(ctx, b.js, cfg)
		if err == nil {
			err = b.addSubjects(ctx, stream.CachedInfo().Config, cfg.Subjects)
		}
		if err != nil {
			return fmt.Errorf("%w: create stream %s: %w", ErrUnavailable, cfg.Name, b.explain(ctx, err))
		}
		b.compare(stream.CachedInfo().Config, cfg)
	}
	return nil
}

// addSubjects adds the subjects that a stream lacks.
func (b *Bus) addSubjects(ctx context.Context, got jetstream.StreamConfig, want []string) error {
	all := slices.Clone(got.Subjects)
	for _, subject := range want {
		wider := strings.TrimSuffix(subject, "*") + ">" // an operator may have set it
		if !slices.Contains(all, subject) && !slices.Contains(all, wider) {
			all = append(all, subject)
		}
	}
	if len(all) == len(got.Subjects) {
		return nil
	}
	b.cfg.Log.Info("a stream gets the subjects of shards", "stream", got.Name, "subjects", all)
	got.Subjects = all
	_, err := b.js.UpdateStream(ctx, got)
	return err
}

// compare logs, once for each stream, where it differs from what the keys ask for.
func (b *Bus) compare(got, want jetstream.StreamConfig) {
	want.Replicas = max(1, want.Replicas)
	if got.MaxAge == want.MaxAge && got.MaxBytes == want.MaxBytes && got.Replicas == want.Replicas {
		return
	}
	if _, logged := b.compared.LoadOrStore(got.Name, true); !logged {
		b.cfg.Log.Info("a stream has other limits than the keys ask for, and stays as it is (nats stream edit)", "stream", got.Name,
			"max_age", got.MaxAge, "max_bytes", got.MaxBytes, "replicas", got.Replicas,
			"wanted_max_age", want.MaxAge, "wanted_max_bytes", want.MaxBytes, "wanted_replicas", want.Replicas)
	}
}
