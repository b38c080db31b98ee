package gateway

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/shared/testbed"
)

const (
	testUser     = "admin"
	testPassword = "correct horse"
	testImage    = "registry.example/acme/function:1.0"
)

// images holds the program of testImage.
var images ImageDirectory

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gateway-test-*")
	if err != nil {
		panic(err)
	}
	images = ImageDirectory(dir)
	build := exec.Command("go", "build", "-o", filepath.Join(dir, FileName(testImage)), "../replica/testdata/function")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the test function: %s\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// fixture is a serving gateway with a client of the SDK.
type fixture struct {
	*Gateway
	t      testing.TB
	opts   Options
	client *sdk.Client
}

func start(t testing.TB, edit func(*Options)) *fixture {
	t.Helper()
	opts := Options{
		User:        testUser,
		Password:    testPassword,
		StateDir:    t.TempDir(),
		Images:      images,
		Logger:      slog.New(slog.DiscardHandler),
		ServicePoll: 20 * time.Millisecond,
	}
	if edit != nil {
		edit(&opts)
	}
	return startWith(t, opts)
}

func startWith(t testing.TB, opts Options) *fixture {
	t.Helper()
	g, err := New(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- g.Serve() }()
	t.Cleanup(func() {
		closeWithin(t, g, 20*time.Second)
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	address, err := url.Parse("http://" + g.Addr())
	if err != nil {
		t.Fatal(err)
	}
	client := sdk.NewClient(address, &sdk.BasicAuth{Username: testUser, Password: testPassword}, &http.Client{Timeout: 20 * time.Second})
	return &fixture{Gateway: g, t: t, opts: opts, client: client}
}

func closeWithin(t testing.TB, g *Gateway, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// restart closes the gateway and starts another one on its state and address.
func (f *fixture) restart() *fixture {
	f.t.Helper()
	opts := f.opts
	opts.Listen = f.Addr()
	closeWithin(f.t, f.Gateway, 20*time.Second)
	return startWith(f.t, opts)
}

func startNATS(t testing.TB) jetstream.JetStream {
	t.Helper()
	return connect(t, serveNATS(t, -1, t.TempDir()))
}

// serveNATS starts a server; port -1 is a free one.
func serveNATS(t testing.TB, port int, dir string) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS does not start")
	}
	return s
}

func connect(t testing.TB, s *server.Server) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(s.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// hello is a deployment of the test function; pairs are labels.
func hello(labels ...string) types.FunctionDeployment {
	set := map[string]string{}
	for i := 0; i < len(labels); i += 2 {
		set[labels[i]] = labels[i+1]
	}
	return types.FunctionDeployment{Service: "hello", Image: testImage, Labels: &set}
}

func (f *fixture) deploy(d types.FunctionDeployment) {
	f.t.Helper()
	code, err := f.client.Deploy(context.Background(), d)
	if err != nil || code != http.StatusAccepted {
		f.t.Fatalf("deploy %s: %d %v", d.Service, code, err)
	}
}

func (f *fixture) status(name string) types.FunctionStatus {
	f.t.Helper()
	status, err := f.client.GetFunction(context.Background(), name, Namespace)
	if err != nil {
		f.t.Fatal(err)
	}
	return status
}

// listed returns a function as the list has it, with the number of its calls.
func (f *fixture) listed(name string) types.FunctionStatus {
	f.t.Helper()
	all, err := f.client.GetFunctions(context.Background(), Namespace)
	at := slices.IndexFunc(all, func(status types.FunctionStatus) bool { return status.Name == name })
	if err != nil || at < 0 {
		f.t.Fatalf("%s is not listed: %v", name, err)
	}
	return all[at]
}

func (f *fixture) awaitReady(name string, n uint64) {
	f.t.Helper()
	testbed.Eventually(f.t, fmt.Sprintf("%d ready replicas of %s", n, name), func() bool {
		status := f.status(name)
		return status.AvailableReplicas == n && status.Replicas == n
	})
}

// response is an answer that was read to its end.
type response struct {
	code   int
	header http.Header
	body   string
}

func (f *fixture) do(req *http.Request) response {
	f.t.Helper()
	client := http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return response{code: res.StatusCode, header: res.Header, body: string(body)}
}

func (f *fixture) request(method, path, body string) *http.Request {
	f.t.Helper()
	req, err := http.NewRequest(method, "http://"+f.Addr()+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	return req
}

// call is a request without authentication.
func (f *fixture) call(method, path, body string) response {
	f.t.Helper()
	return f.do(f.request(method, path, body))
}

// system is a request with authentication.
func (f *fixture) system(method, path, body string) response {
	f.t.Helper()
	req := f.request(method, path, body)
	req.SetBasicAuth(testUser, testPassword)
	return f.do(req)
}

// metric returns the value of a sample of /metrics, written as there.
func (f *fixture) metric(sample string) (float64, bool) {
	f.t.Helper()
	for line := range strings.Lines(f.call(http.MethodGet, "/metrics", "").body) {
		rest, found := strings.CutPrefix(line, sample+" ")
		if !found {
			continue
		}
		var value float64
		if _, err := fmt.Sscan(rest, &value); err != nil {
			f.t.Fatal(err)
		}
		return value, true
	}
	return 0, false
}

// wantMetric waits until a sample has a value. A call is counted when its handler
// ends, which may be after its client has read the answer.
func (f *fixture) wantMetric(sample string, want float64) {
	f.t.Helper()
	var got float64
	var found bool
	defer func() {
		if !found || got != want {
			f.t.Logf("%s: got %g (found: %t)", sample, got, found)
		}
	}()
	testbed.Eventually(f.t, fmt.Sprintf("%s is %g", sample, want), func() bool {
		got, found = f.metric(sample)
		return found && got == want
	})
}
