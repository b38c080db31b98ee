package connector

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/deploy/local/natsserver"
	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// world is a NATS server, a gateway and a connector between them.
type world struct {
	t         *testing.T
	config    Config
	nats      *natsserver.Server
	natsDir   string
	js        jetstream.JetStream
	gateway   *gateway
	log       io.Writer // of the connector
	connector *Connector
	registry  *prometheus.Registry
	stop      func() // ends the connector and waits
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel() // most of a test is waiting
	w := &world{t: t, natsDir: t.TempDir(), gateway: newGateway(t), log: t.Output(), stop: func() {}}
	w.startNATS(0)
	t.Cleanup(func() { w.nats.Stop() })
	conn, err := nats.Connect(w.nats.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if w.js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	w.createStreams()
	w.config = Config{
		NATS:            NATSConfig{URL: w.nats.URL()},
		Gateway:         GatewayConfig{URL: w.gateway.server.URL},
		Topics:          []string{"prewarm.windows", "prewarm.forecasts"},
		Subscribers:     Subscribers{"prewarm.windows": {"*"}, "prewarm.forecasts": {"*"}},
		StartAge:        time.Minute,
		ForgetAfter:     time.Hour,
		ConsumerPrefix:  "connector",
		DeadPrefix:      "dead",
		DeadStream:      "PREWARM_DEAD",
		AckWait:         5 * time.Second,
		UpstreamTimeout: 10 * time.Second,
		DrainTimeout:    5 * time.Second,
		RebuildInterval: 30 * time.Millisecond,
		BackoffMin:      10 * time.Millisecond,
		BackoffMax:      40 * time.Millisecond,
		MaxDeliver:      10,
		Concurrency:     1,
		MaxAckPending:   100,
	}
	return w
}

func (w *world) startNATS(port int) {
	w.t.Helper()
	server, err := natsserver.Start(natsserver.Options{Dir: w.natsDir, Port: port, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.nats = server
}

// restartNATS stops the server, calls meanwhile and starts it again.
func (w *world) restartNATS(meanwhile func()) {
	w.t.Helper()
	u, _ := url.Parse(w.nats.URL())
	port, _ := strconv.Atoi(u.Port())
	w.nats.Stop()
	meanwhile()
	w.startNATS(port)
}

// createStreams creates the streams of windows and forecasts that are missing.
func (w *world) createStreams() {
	w.t.Helper()
	for _, subject := range []string{event.TypeWindows, event.TypeForecasts} {
		w.createStream(bus.StreamOf(subject), subject)
	}
}

// createStream creates a stream. It tries again, because the server may still be deleting
// the files of streams that were there before.
func (w *world) createStream(name string, subjects ...string) {
	w.t.Helper()
	w.eventually("the stream is created", func() bool {
		_, err := w.js.CreateStream(w.deadline(), jetstream.StreamConfig{Name: name, Subjects: subjects})
		return err == nil
	})
}

// start runs a connector until the test or w.stop ends it.
func (w *world) start() {
	w.t.Helper()
	w.registry = prometheus.NewRegistry()
	c, err := New(w.config, slog.New(slog.NewTextHandler(w.log, nil)), w.registry, func() float64 { return 0.5 })
	if err != nil {
		w.t.Fatal(err)
	}
	w.connector = c
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	var once sync.Once
	w.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				w.t.Errorf("Run: %v", err)
			}
		})
	}
	w.t.Cleanup(w.stop)
}

func (w *world) publish(subject, id, body string) {
	w.t.Helper()
	msg := nats.NewMsg(subject)
	msg.Data = []byte(body)
	if id != "" {
		msg.Header.Set(jetstream.MsgIDHeader, id)
	}
	if _, err := w.js.PublishMsg(w.deadline(), msg); err != nil {
		w.t.Fatal(err)
	}
}
