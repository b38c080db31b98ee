package connector

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/bus"
)

// share creates the shared consumer of the forecasts, as a connector with one consumer
// per subject does.
func (w *world) share() jetstream.Consumer {
	w.t.Helper()
	consumer, err := w.js.CreateConsumer(w.deadline(), bus.StreamForecasts, jetstream.ConsumerConfig{
		Durable: "connector-prewarm-forecasts", FilterSubject: "prewarm.forecasts",
		DeliverPolicy: jetstream.DeliverAllPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: w.config.AckWait, MaxAckPending: w.config.MaxAckPending, MaxDeliver: -1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return consumer
}

// settleShared settles the next n messages of the shared consumer.
func (w *world) settleShared(consumer jetstream.Consumer, n int) {
	w.t.Helper()
	for range n {
		msg, err := consumer.Next()
		if err == nil {
			err = msg.DoubleAck(w.deadline())
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// shared returns the shared consumer of the forecasts.
func (w *world) shared() (*jetstream.ConsumerInfo, error) {
	consumer, err := w.js.Consumer(w.deadline(), bus.StreamForecasts, "connector-prewarm-forecasts")
	if err != nil {
		return nil, err
	}
	return consumer.CachedInfo(), nil
}

func (w *world) awaitNotShared() {
	w.t.Helper()
	w.eventually("the shared consumer is removed", func() bool {
		_, err := w.shared()
		return errors.Is(err, jetstream.ErrConsumerNotFound)
	})
}

func TestAnUpgradeContinuesWhereTheSharedConsumerStands(t *testing.T) {
	w := newWorld(t)
	w.config.AckWait = time.Second
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.deploy("audit", "prewarm.forecasts")
	for _, body := range []string{"1", "2", "3", "4", "5"} {
		w.publish("prewarm.forecasts", "", body)
	}
	w.settleShared(w.share(), 3)

	w.start()
	w.awaitAcknowledged("prewarm.forecasts", 2)
	for _, function := range []string{"scaler", "audit"} {
		if got := w.gateway.bodies(function); got != "4 5" {
			t.Errorf("%s: want what the shared consumer has not settled, got %q", function, got)
		}
	}
	w.awaitNotShared()

	// A function that comes later starts as every new one.
	w.gateway.deploy("late", "prewarm.forecasts")
	w.eventually("it has a consumer", func() bool {
		info, err := w.consumer("prewarm.forecasts", "late")
		return err == nil && info.Config.OptStartTime != nil
	})
}

func TestAfterAnUpgradeWithoutFunctionsTheSharedConsumerWaitsForThem(t *testing.T) {
	w := newWorld(t)
	w.config.AckWait, w.config.StartAge = time.Second, time.Nanosecond
	w.publish("prewarm.forecasts", "", "1")
	w.publish("prewarm.forecasts", "", "2")
	w.settleShared(w.share(), 1)
	w.start()
	w.awaitFunctions("0")

	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.awaitAcknowledged("prewarm.forecasts", 1)
	if got := w.gateway.bodies("scaler"); got != "2" {
		t.Errorf("got %q", got)
	}
	w.awaitNotShared()
}

func TestTheSharedConsumerStaysUntilAllFunctionsHaveTakenOver(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.deploy("audit", "prewarm.forecasts")
	w.publish("prewarm.forecasts", "", "1")
	w.settleShared(w.share(), 1)
	// Somebody's push consumer has the name of audit's.
	taken := w.config.consumerName(subscriber{"prewarm.forecasts", "audit.openfaas-fn"})
	if _, err := w.js.CreatePushConsumer(w.deadline(), bus.StreamForecasts, jetstream.ConsumerConfig{
		Durable: taken, DeliverSubject: "elsewhere", AckPolicy: jetstream.AckExplicitPolicy,
	}); err != nil {
		t.Fatal(err)
	}

	w.start()
	w.publish("prewarm.forecasts", "", "2")
	w.awaitSettledBy("prewarm.forecasts", "scaler", 1)
	w.awaitLookups(3)
	if info, err := w.shared(); err != nil || info.Config.InactiveThreshold != 0 {
		t.Fatalf("one function has not taken over, and the shared consumer is %+v, %v", info, err)
	}

	if err := w.js.DeleteConsumer(w.deadline(), bus.StreamForecasts, taken); err != nil {
		t.Fatal(err)
	}
	w.awaitSettledBy("prewarm.forecasts", "audit", 1)
	if got := w.gateway.bodies("audit"); got != "2" {
		t.Errorf("got %q", got)
	}
	w.eventually("the shared consumer is retired", func() bool {
		info, err := w.shared()
		return err == nil && info.Config.InactiveThreshold == w.config.AckWait
	})
}

// awaitLookups waits for n more lists of functions.
func (w *world) awaitLookups(n float64) {
	w.t.Helper()
	lists := w.connector.metrics.lookups.WithLabelValues("success")
	before := testutil.ToFloat64(lists)
	w.eventually("functions are listed again", func() bool { return testutil.ToFloat64(lists) >= before+n })
}

func TestDuringARollingUpgradeTheSharedConsumerStaysWhileItIsUsed(t *testing.T) {
	w := newWorld(t)
	w.config.AckWait = time.Second
	w.gateway.deploy("scaler", "prewarm.forecasts")
	shared := w.share()

	// The old connector asks for messages, one second each time.
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	ended := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if _, err := shared.Next(jetstream.FetchMaxWait(time.Second)); !errors.Is(err, nats.ErrTimeout) {
				ended <- err
				return
			}
			asked.Add(1)
		}
		ended <- nil
	}()
	w.start()
	w.eventually("the shared consumer is retired", func() bool {
		info, err := w.shared()
		return err == nil && info.Config.InactiveThreshold == w.config.AckWait
	})
	since := asked.Load()
	w.eventually("the old connector asks for longer than the threshold", func() bool { return asked.Load() >= since+4 })
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the old connector lost its consumer: %v", err)
	}
	w.awaitNotShared()
}

func TestTheConsumerOfAnotherSubjectIsNotTaken(t *testing.T) {
	w := newWorld(t)
	w.createStream("ORDERS", "a.b", "a-b")
	w.config.Topics = []string{"a.b"}
	w.gateway.deploy("shop", "a.b")
	other := jetstream.ConsumerConfig{Durable: "connector-a-b", FilterSubject: "a-b", AckPolicy: jetstream.AckExplicitPolicy}
	if _, err := w.js.CreateConsumer(w.deadline(), "ORDERS", other); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.publish("a.b", "", "1")
	w.gateway.await("shop", 1)
	w.awaitLookups(2)
	if c, err := w.js.Consumer(w.deadline(), "ORDERS", "connector-a-b"); err != nil || c.CachedInfo().Config.InactiveThreshold != 0 {
		t.Errorf("the consumer of a-b: %v", err)
	}
}
