package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/bus"
)

func TestNATSRestartsWhileACallIsInFlight(t *testing.T) {
	w := newWorld(t)
	w.config.AckWait = 2 * time.Second
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("scaler")
	w.start()
	for i := range 3 {
		w.publish("prewarm.forecasts", "", fmt.Sprint(i))
	}
	w.gateway.await("scaler", 1)

	// The function ends its work while NATS is away.
	w.restartNATS(func() {
		release()
		w.eventually("the call ends", func() bool { return w.gateway.applied("scaler") == 1 })
	})

	// Nothing is lost, and the message whose acknowledgement came late is not
	// applied again.
	w.awaitAcknowledged("prewarm.forecasts", 3)
	bodies := map[string]int{}
	for _, c := range w.gateway.calls("scaler") {
		bodies[c.body]++
	}
	if len(bodies) != 3 || bodies["0"] != 1 || bodies["1"] != 1 || bodies["2"] != 1 {
		t.Errorf("want each message once, got %v", bodies)
	}
}

func TestNATSIsUnavailableAtTheStart(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.publish("prewarm.forecasts", "1", "1")
	w.restartNATS(func() {
		w.start()
		w.eventually("functions are known", func() bool { return w.connector.listed.Load() })
		if err := w.connector.Ready(); err == nil {
			t.Error("ready without NATS")
		}
	})
	w.gateway.await("scaler", 1)
	w.awaitAcknowledged("prewarm.forecasts", 1)
}

func TestTheGatewayIsUnavailableAtTheStart(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.restart(func() {
		w.start()
		w.publish("prewarm.forecasts", "1", "1")
		failed := func() float64 {
			return testutil.ToFloat64(w.connector.metrics.lookups.WithLabelValues("error"))
		}
		w.eventually("lookups fail", func() bool { return failed() >= 2 })
		if err := w.connector.Ready(); err == nil {
			t.Error("ready without knowing any function")
		}
	})
	w.gateway.await("scaler", 1)
	w.awaitAcknowledged("prewarm.forecasts", 1)
	if err := w.connector.Ready(); err != nil {
		t.Error(err)
	}
}

func TestAFailedLookupKeepsTheKnownFunctions(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.eventually("functions are known", func() bool { return w.connector.listed.Load() })

	// The gateway fails with an empty body, as if there were no functions.
	w.gateway.do(func() { w.gateway.down = 500 })
	failures := w.connector.metrics.lookups.WithLabelValues("error")
	w.eventually("a lookup fails", func() bool { return testutil.ToFloat64(failures) >= 1 })

	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 1)
}

func TestTheGatewayRestartsInMidStream(t *testing.T) {
	w := newWorld(t)
	w.config.MaxDeliver = 1000 // the gateway's absence is not counted out
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.awaitAcknowledged("prewarm.forecasts", 1)

	w.gateway.restart(func() {
		w.publish("prewarm.forecasts", "2", "2")
		failed := w.connector.metrics.deliveries.WithLabelValues("prewarm.forecasts", "scaler.openfaas-fn", "failed")
		w.eventually("a delivery fails", func() bool { return testutil.ToFloat64(failed) >= 1 })
	})

	w.awaitAcknowledged("prewarm.forecasts", 2)
	if n := w.gateway.applied("scaler"); n != 2 {
		t.Errorf("want 2 messages applied, got %d", n)
	}
}

func TestDrainWaitsForTheCallInFlight(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("scaler")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.publish("prewarm.forecasts", "2", "2")
	w.gateway.await("scaler", 1)

	stopped := make(chan struct{})
	go func() { w.stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Fatal("stopped with a call in flight")
	case <-time.After(100 * time.Millisecond):
	}
	release()
	<-stopped

	// The first is acknowledged, the second was not fetched any more.
	info, err := w.consumer("prewarm.forecasts", "scaler")
	if err != nil {
		t.Fatal(err)
	}
	if info.AckFloor.Stream != 1 || info.NumAckPending != 0 || info.NumPending != 1 {
		t.Errorf("want one acknowledged and one untouched, got %+v", info)
	}
}

func TestAfterTheDrainTimeTheMessageIsReturned(t *testing.T) {
	w := newWorld(t)
	w.config.DrainTimeout = 50 * time.Millisecond
	w.config.AckWait = time.Hour // only a hand-back can bring it again
	w.config.MaxDeliver = 1      // the interrupted try is not the last one
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("scaler")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 1)
	w.stop()
	release()

	w.start() // a new connector takes over
	w.gateway.await("scaler", 2)
	w.awaitAcknowledged("prewarm.forecasts", 1)
}

func TestTheStreamAppearsLater(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	if err := w.js.DeleteStream(w.deadline(), bus.StreamForecasts); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.eventually("the connector is up", func() bool { return w.connector.Ready() == nil })

	w.createStreams()
	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 1)
	w.awaitAcknowledged("prewarm.forecasts", 1)
}

func TestADeletedConsumerIsCreatedAgain(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.awaitAcknowledged("prewarm.forecasts", 1)

	name := w.config.consumerName(subscriber{"prewarm.forecasts", "scaler.openfaas-fn"})
	if err := w.js.DeleteConsumer(w.deadline(), bus.StreamForecasts, name); err != nil {
		t.Fatal(err)
	}
	w.publish("prewarm.forecasts", "2", "2")
	w.eventually("the second message arrives", func() bool {
		calls := w.gateway.calls("scaler")
		return calls[len(calls)-1].body == "2"
	})
}

func TestAStreamThatWasCreatedAgainIsDelivered(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.always("scaler", 409) // settled under sequence 1
	w.start()
	w.publish("prewarm.forecasts", "", "old")
	w.awaitSettled("prewarm.forecasts", 1)

	if err := w.js.DeleteStream(w.deadline(), bus.StreamForecasts); err != nil {
		t.Fatal(err)
	}
	w.createStreams()
	w.publish("prewarm.forecasts", "", "new")
	if calls := w.gateway.await("scaler", 2); calls[1].body != "new" {
		t.Errorf("want the new message, got %q", calls[1].body)
	}
}

func TestADeadLetterThatCannotBeStoredKeepsTheMessage(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.always("scaler", 400)
	// A stream of that name is there, with other subjects.
	other := jetstream.StreamConfig{Name: w.config.DeadStream, Subjects: []string{"elsewhere"}}
	if _, err := w.js.CreateStream(w.deadline(), other); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 2)
	info, err := w.consumer("prewarm.forecasts", "scaler")
	if err != nil || info.NumAckPending != 1 {
		t.Fatalf("the message is gone: %+v, %v", info, err)
	}

	other.Subjects = []string{"dead.>"}
	if _, err := w.js.UpdateStream(w.deadline(), other); err != nil {
		t.Fatal(err)
	}
	w.awaitDeadLetter(1)
	w.awaitSettled("prewarm.forecasts", 1)
}

func TestTheGatewayAsksForCredentials(t *testing.T) {
	w := newWorld(t)
	w.gateway.user = "admin"
	w.config.Gateway.Username, w.config.Gateway.Password = "admin", "s3cret"
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")

	if got := w.gateway.await("scaler", 1)[0].header.Get("Authorization"); got != "" {
		t.Errorf("a function received the gateway's credentials: %q", got)
	}
}

func TestMissingCredentialsAreAnErrorAtOnce(t *testing.T) {
	_, err := connect(NATSConfig{CredsFile: "/nonexistent"}, nil, nil)
	if err == nil || !containsAll(err.Error(), "nats_creds_file", "/nonexistent") {
		t.Errorf("want an error that names the key and the file, got %v", err)
	}
}
