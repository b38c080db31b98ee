package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// takeSubjects creates the stream of another team.
func takeSubjects(t *testing.T, b *bus.Bus, subjects ...string) jetstream.Stream {
	t.Helper()
	var stream jetstream.Stream
	testbed.Eventually(t, "another team creates its stream", func() (ok bool) {
		var err error
		stream, err = b.JetStream().CreateStream(context.Background(), jetstream.StreamConfig{Name: "events", Subjects: subjects})
		return err == nil
	})
	return stream
}

// namesTheStream reports whether an error says which stream has which subjects, and what
// to do.
func namesTheStream(err error, subjects string) bool {
	if !errors.Is(err, bus.ErrForeignStream) {
		return false
	}
	for _, want := range []string{`stream "events" with subjects "` + subjects + `"`, "nats stream edit", "account of its own"} {
		if !strings.Contains(err.Error(), want) {
			return false
		}
	}
	return true
}

// failure waits for the error with which a program must end.
func failure(t *testing.T, b *bus.Bus) error {
	t.Helper()
	select {
	case err := <-b.Failed():
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("no failure")
		return nil
	}
}

// NATS is away when the function starts, and then comes with the stream.
func TestAForeignStreamIsFoundAsSoonAsNATSAnswers(t *testing.T) {
	for _, subjects := range []string{"prewarm.>", "prewarm.decisions"} {
		n := startNATS(t)
		takeSubjects(t, n.connect(), subjects)
		started := n.connect()
		if err := failure(t, started); !namesTheStream(err, subjects) {
			t.Errorf("NATS answered at the start: got %v", err)
		}
		n.stop()
		early := n.connect()
		n.start()
		if err := failure(t, early); !namesTheStream(err, subjects) {
			t.Errorf("NATS came later: got %v", err)
		}
		if err := early.Health(context.Background()); !namesTheStream(err, subjects) {
			t.Errorf("health: got %v", err)
		}
	}
}

func TestAForeignStreamIsNeitherWrittenNorRead(t *testing.T) {
	b := startNATS(t).connect()
	ctx := context.Background()
	publish(t, b, "own")
	for _, own := range []string{bus.StreamWindows, bus.StreamForecasts, bus.StreamDecisions} {
		if err := b.JetStream().DeleteStream(ctx, own); err != nil {
			t.Fatal(err)
		}
	}
	stream := takeSubjects(t, b, "prewarm.>")
	if _, err := b.JetStream().Publish(ctx, event.TypeDecisions, []byte("theirs")); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(ctx, event.Envelope{Type: event.TypeDecisions, ID: "x"}, []byte("ours")); !namesTheStream(err, "prewarm.>") || !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("publish: got %v", err)
	}
	for _, after := range []uint64{0, 1} { // with and without creating the stream first
		_, err := b.ReplayAfter(ctx, event.TypeDecisions, after, time.Hour, func(body []byte) { t.Errorf("read %s", body) })
		if !errors.Is(err, bus.ErrUnavailable) || after == 0 && !namesTheStream(err, "prewarm.>") {
			t.Errorf("replay after %d: got %v", after, err)
		}
	}
	if err := failure(t, b); !namesTheStream(err, "prewarm.>") {
		t.Errorf("failure: got %v", err)
	}
	if info, err := stream.Info(ctx); err != nil || info.State.Msgs != 1 {
		t.Errorf("the other team's stream has %+v, %v, want its own message alone", info.State, err)
	}
}

func TestOwnAndMissingStreamsAreNoFailure(t *testing.T) {
	n := startNATS(t)
	b := n.connect()
	takeSubjects(t, b, "other.>")
	ctx := context.Background()
	check := func() {
		t.Helper()
		for _, subject := range []string{event.TypeWindows, event.TypeForecasts, event.TypeDecisions, "other.topic"} {
			if err := bus.CheckStream(ctx, b.JetStream(), subject); err != nil {
				t.Errorf("%s: %v", subject, err)
			}
		}
	}
	check()
	publish(t, b, "a") // creates the streams
	check()
	if err := b.Health(ctx); err != nil || len(b.Failed()) != 0 {
		t.Errorf("got %v and %d failures", err, len(b.Failed()))
	}
	n.stop()
	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond) // nobody answers
	defer cancel()
	if err := bus.CheckStream(ctx, b.JetStream(), event.TypeWindows); !errors.Is(err, bus.ErrUnavailable) || errors.Is(err, bus.ErrForeignStream) {
		t.Errorf("without NATS nothing is known: got %v", err)
	}
}

func TestEveryMessageOfTheChainHasItsStream(t *testing.T) {
	for subject, want := range map[string]string{
		event.TypeWindows: bus.StreamWindows, event.TypeWindows + ".3": bus.StreamWindows, event.TypeForecasts: bus.StreamForecasts, event.TypeDecisions: bus.StreamDecisions, "orders": "",
	} {
		if got := bus.StreamOf(subject); got != want {
			t.Errorf("%s: got %q, want %q", subject, got, want)
		}
	}
}
