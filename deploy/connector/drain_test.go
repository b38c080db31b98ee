package connector

import (
	"testing"
	"time"
)

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
