package bus

import (
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// numbered is a message with the numbers that NATS gave it.
type numbered struct {
	jetstream.Msg
	sequence jetstream.SequencePair
}

func (m numbered) Data() []byte { return []byte{byte(m.sequence.Stream)} }

func (m numbered) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: m.sequence}, nil
}

// TestAMessageThatWasLostOnTheWayIsNotPassedOver: NATS sent messages 7 to 9 of the
// stream, and 8 did not come. 9 waits until the next consumer brings 8.
func TestAMessageThatWasLostOnTheWayIsNotPassedOver(t *testing.T) {
	var got []byte
	r := &reader{subject: "s", fn: func(body []byte) { got = append(got, body...) }}
	if err := r.take(numbered{sequence: jetstream.SequencePair{Consumer: 1, Stream: 7}}); err != nil {
		t.Fatal(err)
	}
	if err := r.take(numbered{sequence: jetstream.SequencePair{Consumer: 3, Stream: 9}}); err == nil {
		t.Error("a gap must end the read")
	}
	if !slices.Equal(got, []byte{7}) || r.seen != 7 {
		t.Errorf("got %v up to %d, want to resume after 7", got, r.seen)
	}
}
