package bus

import (
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// entry is a value of a bucket.
type entry struct {
	jetstream.KeyValueEntry
	key     string
	value   []byte
	deleted bool
}

func (e entry) Key() string        { return e.key }
func (e entry) Value() []byte      { return e.value }
func (e entry) Created() time.Time { return time.Unix(1_800_000_000, 0) }

func (e entry) Operation() jetstream.KeyValueOp {
	if e.deleted {
		return jetstream.KeyValueDelete
	}
	return jetstream.KeyValuePut
}

// payload is JSON that is signed as it is.
type payload string

func (p payload) Validate() error              { return nil }
func (p payload) MarshalJSON() ([]byte, error) { return []byte(p), nil }

// FuzzSettings reads any value under any key of the two buckets. What cannot be trusted
// means paused, and observe.
func FuzzSettings(f *testing.F) {
	f.Add("paused", `{"paused":false,"by":"token","time":"2027-01-15T08:00:00Z"}`, true, false)
	f.Add("a.fn", `{"function":"a.fn","mode":"active","by":"token","time":"2027-01-15T08:00:00Z"}`, true, false)
	f.Add("a.fn", `{"function":"b.fn","mode":"off","by":"\u0000","time":"0001-01-01T00:00:00Z"}`, true, false)
	f.Add("paused", "false", false, false)
	f.Add("paused", "", false, true)
	cfg := Config{Keys: event.NewKeys("", []byte("0123456789abcdef"))}
	control, modes := newControl(cfg), newModes(cfg)
	f.Fuzz(func(t *testing.T, key, text string, signed, deleted bool) {
		for _, typ := range []string{event.TypePause, event.TypeMode} {
			value := []byte(text)
			if signed {
				_, body, err := event.Seal(cfg.Keys, typ, 0, key, payload(text))
				if err != nil {
					return // no JSON
				}
				value = body
			}
			e := entry{key: key, value: value, deleted: deleted}
			if p, found, err := control.value(e); found && err != nil && !p.Paused {
				t.Errorf("%q: not paused, with %v", text, err)
			}
			one, found, err := modes.value(e)
			if found && (one.Function != key || !slices.Contains(event.Modes(), one.Mode) || err != nil && one.Mode != "observe") {
				t.Errorf("%q: %+v, %v", text, one, err)
			}
		}
	})
}
