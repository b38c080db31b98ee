package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/deploy/local/natsserver"
	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// world is a NATS server, a gateway and a connector between them.
type world struct {
	t         *testing.T
	config    Config
	nats      *natsserver.Server
	natsDir   string
	js        jetstream.JetStream
	gateway   *gateway
	connector *Connector
	registry  *prometheus.Registry
	stop      func() // ends the connector and waits
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel() // most of a test is waiting
	w := &world{t: t, natsDir: t.TempDir(), gateway: newGateway(t), stop: func() {}}
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
	c, err := New(w.config, slog.New(slog.NewTextHandler(w.t.Output(), nil)), w.registry, func() float64 { return 0.5 })
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

func (w *world) consumer(subject string) (*jetstream.ConsumerInfo, error) {
	consumer, err := w.js.Consumer(w.deadline(), bus.StreamOf(subject), w.config.consumerName(subject))
	if err != nil {
		return nil, err
	}
	return consumer.CachedInfo(), nil
}

// awaitAcknowledged waits until the consumer has delivered n messages and all are acknowledged.
func (w *world) awaitAcknowledged(subject string, n uint64) {
	w.t.Helper()
	w.awaitSettled(subject, n)
	if dead := w.deadLetters(); dead != 0 {
		w.t.Errorf("%d dead letters", dead)
	}
}

// awaitSettled is awaitAcknowledged for messages that may have been terminated.
func (w *world) awaitSettled(subject string, n uint64) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("%d messages of %s are settled", n, subject), func() bool {
		info, err := w.consumer(subject)
		return err == nil && info.NumPending == 0 && info.NumAckPending == 0 && info.AckFloor.Consumer >= n
	})
}

// countProgress counts the reports of progress that the connector sends to NATS from now on.
func (w *world) countProgress() *atomic.Int64 {
	w.t.Helper()
	var n atomic.Int64
	_, err := w.js.Conn().Subscribe("$JS.ACK.>", func(m *nats.Msg) {
		if string(m.Data) == "+WPI" { // jetstream.Msg.InProgress
			n.Add(1)
		}
	})
	if err == nil {
		err = w.js.Conn().Flush()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &n
}

func (w *world) awaitLag(subject string, n uint64) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("%d messages of %s wait", n, subject), func() bool {
		info, err := w.consumer(subject)
		return err == nil && info.NumPending == n && w.connector.Ready() == nil
	})
}

func (w *world) deadLetters() uint64 {
	stream, err := w.js.Stream(w.deadline(), w.config.DeadStream)
	if err != nil {
		return 0
	}
	return stream.CachedInfo().State.Msgs
}

func (w *world) awaitDeadLetter(sequence uint64) *jetstream.RawStreamMsg {
	w.t.Helper()
	w.eventually("a dead letter is stored", func() bool { return w.deadLetters() >= sequence })
	stream, err := w.js.Stream(w.deadline(), w.config.DeadStream)
	if err != nil {
		w.t.Fatal(err)
	}
	letter, err := stream.GetMsg(w.deadline(), sequence)
	if err != nil {
		w.t.Fatal(err)
	}
	return letter
}

// export returns the lines of a metric as they are scraped.
func (w *world) export(name string) string {
	w.t.Helper()
	page := httptest.NewRecorder()
	promhttp.HandlerFor(w.registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var b strings.Builder
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, name) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// awaitExport waits until a metric is exported with exactly these lines.
func (w *world) awaitExport(name, lines string) {
	w.t.Helper()
	want := strings.ReplaceAll(strings.TrimSpace(lines), "\t", "") + "\n"
	w.eventually(name+" is\n"+want, func() bool { return w.export(name) == want })
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	testbed.Eventually(w.t, what, holds)
}

func (w *world) deadline() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

// gateway is an OpenFaaS gateway in one namespace whose functions answer as each
// test sets.
type gateway struct {
	t      *testing.T
	server *httptest.Server

	mu        sync.Mutex
	topics    map[string]string // annotation by function
	received  map[string][]call
	next      map[string][]int // answers to come, then the standing one
	standing  map[string]int
	ok        map[string]int
	gates     map[string]chan struct{}
	down      int // status of all management answers, 0 when up
	user      string
	now, most int
}

// call is one call of a function.
type call struct {
	body   string
	header http.Header
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{
		t: t, topics: map[string]string{}, received: map[string][]call{}, next: map[string][]int{},
		standing: map[string]int{}, ok: map[string]int{}, gates: map[string]chan struct{}{},
	}
	g.server = httptest.NewServer(g.handler())
	t.Cleanup(func() { g.server.Close() })
	return g
}

func (g *gateway) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/namespaces", func(w http.ResponseWriter, r *http.Request) {
		if g.refuses(w, r) {
			return
		}
		fmt.Fprint(w, `["openfaas-fn"]`)
	})
	mux.HandleFunc("GET /system/functions", func(w http.ResponseWriter, r *http.Request) {
		if g.refuses(w, r) {
			return
		}
		_ = json.NewEncoder(w).Encode(g.list())
	})
	mux.HandleFunc("POST /function/{name}", g.invoke)
	return mux
}

func (g *gateway) refuses(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	user, _, _ := r.BasicAuth()
	if g.down != 0 {
		w.WriteHeader(g.down)
		return true
	}
	if user != g.user {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	return false
}

func (g *gateway) list() []map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := []map[string]any{{"name": "plain"}}
	for name, topic := range g.topics {
		list = append(list, map[string]any{"name": name, "annotations": map[string]string{"topic": topic}})
	}
	return list
}

func (g *gateway) invoke(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(r.PathValue("name"), ".openfaas-fn")
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	g.received[name] = append(g.received[name], call{body: string(body), header: r.Header})
	g.now++
	g.most = max(g.most, g.now)
	gate := g.gates[name]
	g.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
		}
	}
	status := g.status(name)
	w.WriteHeader(status)
	if status >= 400 {
		fmt.Fprint(w, "no\r\nluck\x00\n")
	}
}

func (g *gateway) status(name string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
	status := http.StatusOK
	if s := g.standing[name]; s != 0 {
		status = s
	}
	if coming := g.next[name]; len(coming) > 0 {
		status, g.next[name] = coming[0], coming[1:]
	}
	if status == http.StatusOK {
		g.ok[name]++
	}
	return status
}

func (g *gateway) do(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

func (g *gateway) deploy(name, topic string)        { g.do(func() { g.topics[name] = topic }) }
func (g *gateway) remove(name string)               { g.do(func() { delete(g.topics, name) }) }
func (g *gateway) answer(name string, codes ...int) { g.do(func() { g.next[name] = codes }) }
func (g *gateway) always(name string, code int)     { g.do(func() { g.standing[name] = code }) }

// block holds the calls of a function until the returned function is called.
func (g *gateway) block(name string) (release func()) {
	gate := make(chan struct{})
	g.do(func() { g.gates[name] = gate })
	return sync.OnceFunc(func() {
		g.do(func() { delete(g.gates, name) })
		close(gate)
	})
}

func (g *gateway) calls(name string) []call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]call(nil), g.received[name]...)
}

func (g *gateway) applied(name string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ok[name]
}

func (g *gateway) mostAtOnce() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.most
}

func (g *gateway) await(name string, n int) []call {
	g.t.Helper()
	testbed.Eventually(g.t, fmt.Sprintf("%d calls of %s", n, name), func() bool { return len(g.calls(name)) >= n })
	return g.calls(name)
}

// restart closes the gateway with all its connections, calls meanwhile and
// serves again on the same address.
func (g *gateway) restart(meanwhile func()) {
	g.t.Helper()
	address := g.server.Listener.Addr().String()
	g.server.CloseClientConnections()
	g.server.Close()
	meanwhile()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		g.t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(g.handler())
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	g.server = server
}
