package connector

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
)

// awaitFunctions waits until n functions receive the forecasts.
func (w *world) awaitFunctions(n string) {
	w.t.Helper()
	const metric = `prewarm_connector_functions{subject="prewarm.forecasts"}`
	w.awaitExport(metric, metric+" "+n)
}

// bodies returns the bodies of the calls of a function.
func (g *gateway) bodies(name string) string {
	var bodies []string
	for _, c := range g.calls(name) {
		bodies = append(bodies, c.body)
	}
	return strings.Join(bodies, " ")
}

func TestAFunctionThatIsNotListedForAWhileKeepsItsPlace(t *testing.T) {
	w := newWorld(t)
	w.config.StartAge = time.Nanosecond // a new consumer would miss what is published meanwhile
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.eventually("the function has a consumer", func() bool {
		_, err := w.consumer("prewarm.forecasts", "scaler")
		return err == nil
	})
	w.publish("prewarm.forecasts", "", "1")
	w.awaitAcknowledged("prewarm.forecasts", 1)

	w.gateway.remove("scaler")
	w.awaitFunctions("0")
	w.publish("prewarm.forecasts", "", "2") // reaches a request that is still open, and is returned
	w.publish("prewarm.forecasts", "", "3")
	w.eventually("its subscription ends", func() bool { return w.export("prewarm_connector_deliveries_total") == "" })
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.awaitAcknowledged("prewarm.forecasts", 3)
	if got := w.gateway.bodies("scaler"); got != "1 2 3" {
		t.Errorf("got %q", got)
	}
}

func TestAFunctionThatIsBackWhileItsCallGoesOn(t *testing.T) {
	w := newWorld(t)
	w.config.UpstreamTimeout = time.Hour
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("scaler")
	w.start()
	w.publish("prewarm.forecasts", "", "1")
	w.gateway.await("scaler", 1)

	w.gateway.remove("scaler")
	w.awaitFunctions("0")
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.awaitFunctions("1")
	w.publish("prewarm.forecasts", "", "2")
	w.awaitLookups(3)
	release()
	w.awaitAcknowledged("prewarm.forecasts", 2)
	if got := w.gateway.bodies("scaler"); got != "1 2" {
		t.Errorf("got %q", got)
	}
	if most := w.gateway.mostAtOnce(); most != 1 {
		t.Errorf("%d calls at once", most)
	}
}

func TestTheConsumerOfAFunctionThatStaysAwayIsRemoved(t *testing.T) {
	w := newWorld(t)
	w.config.ForgetAfter = time.Second
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.deploy("gone", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "", "1")
	w.awaitAcknowledged("prewarm.forecasts", 1)

	w.gateway.remove("gone")
	w.eventually("its consumer is removed", func() bool {
		_, err := w.consumer("prewarm.forecasts", "gone")
		return errors.Is(err, jetstream.ErrConsumerNotFound)
	})
	if _, err := w.consumer("prewarm.forecasts", "scaler"); err != nil {
		t.Errorf("the consumer of the function that is there: %v", err)
	}
}

func TestANewFunctionDoesNotGetOldMessages(t *testing.T) {
	w := newWorld(t)
	w.config.StartAge = 20 * time.Millisecond
	w.publish("prewarm.forecasts", "", "old")
	stream, err := w.js.Stream(w.deadline(), bus.StreamForecasts)
	if err != nil {
		t.Fatal(err)
	}
	published := stream.CachedInfo().State.LastTime
	w.eventually("the message is old", func() bool { return time.Since(published) > 2*w.config.StartAge })

	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.eventually("the function has a consumer", func() bool {
		_, err := w.consumer("prewarm.forecasts", "scaler")
		return err == nil
	})
	w.publish("prewarm.forecasts", "", "new")
	w.awaitAcknowledged("prewarm.forecasts", 1)
	if got := w.gateway.bodies("scaler"); got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestAFunctionThatNamesATopicTwiceGetsEachMessageOnce(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts, other,prewarm.forecasts ,,")
	w.start()
	w.awaitFunctions("1")
	w.publish("prewarm.forecasts", "", "1")
	w.publish("prewarm.forecasts", "", "2")
	w.awaitAcknowledged("prewarm.forecasts", 2)
	if got := w.gateway.bodies("scaler"); got != "1 2" {
		t.Errorf("got %q", got)
	}
}

func TestNewLimitsReachAConsumerThatIsThere(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "", "1")
	w.awaitAcknowledged("prewarm.forecasts", 1)
	w.stop()

	w.config.MaxAckPending, w.config.ForgetAfter, w.config.StartAge = 7, 2*time.Hour, 2*time.Hour
	w.start()
	w.eventually("the consumer has the new limits", func() bool {
		info, err := w.consumer("prewarm.forecasts", "scaler")
		return err == nil && info.Config.MaxAckPending == 7 && info.Config.InactiveThreshold == 2*time.Hour
	})
	w.publish("prewarm.forecasts", "", "2")
	w.awaitAcknowledged("prewarm.forecasts", 2)
	if got := w.gateway.bodies("scaler"); got != "1 2" {
		t.Errorf("got %q", got)
	}
}
