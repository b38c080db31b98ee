package bus

import (
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// numbered is a message with the sequence numbers that NATS gave it.
type numbered struct {
	jetstream.Msg
	sequence jetstream.SequencePair
}

func (m numbered) Data() []byte { return []byte{byte(m.sequence.Stream)} }

func (m numbered) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: m.sequence}, nil
}

// NATS sent the messages 7 to 9 of the stream, and 8 was lost. The read ends at 9, and
// the next consumer begins with 8.
func TestAMessageThatWasLostOnTheWayIsReadAgain(t *testing.T) {
	var got []byte
	f := &follower{subject: "s", fn: func(body []byte) { got = append(got, body...) }}
	if err := f.take(numbered{sequence: jetstream.SequencePair{Consumer: 1, Stream: 7}}); err != nil {
		t.Fatal(err)
	}
	if err := f.take(numbered{sequence: jetstream.SequencePair{Consumer: 3, Stream: 9}}); err == nil {
		t.Error("a missing message must end the read")
	}
	if !slices.Equal(got, []byte{7}) || f.last != 7 {
		t.Errorf("got %v up to %d, want to resume after 7", got, f.last)
	}
}
