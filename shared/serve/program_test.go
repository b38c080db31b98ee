package serve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestAProgramEndsWithASignal(t *testing.T) {
	var stderr bytes.Buffer
	code := Program(func(string) string { return "" }, &stderr, func(ctx context.Context, log *slog.Logger) error {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
			return err
		}
		<-ctx.Done()
		log.Info("stopping")
		return nil
	})
	if code != 0 || !strings.Contains(stderr.String(), `"msg":"stopping"`) {
		t.Errorf("exit code %d, log %s", code, stderr.String())
	}
}

func TestTheErrorOfAProgramIsPrinted(t *testing.T) {
	var stderr bytes.Buffer
	fail := func(context.Context, *slog.Logger) error { return errors.New("topics must be set") }
	if code := Program(func(string) string { return "" }, &stderr, fail); code != 1 || stderr.String() != "topics must be set\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
}

func TestProbes(t *testing.T) {
	reg := NewRegistry()
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "answer", Help: "A number."}, func() float64 { return 42 }))
	var broken error
	probes := Probes(func(context.Context) error { return broken }, reg)
	for _, test := range []struct {
		method, path string
		broken       error
		code         int
		text         string
	}{
		{"GET", "/healthz", nil, 200, ""},
		{"GET", "/healthz", errors.New("no NATS"), 200, ""},
		{"GET", "/readyz", nil, 200, ""},
		{"GET", "/readyz", errors.New("no NATS"), 503, "no NATS"},
		{"GET", "/metrics", nil, 200, "answer 42\n"},
		{"GET", "/metrics", nil, 200, "go_goroutines"},
		{"POST", "/readyz", nil, 405, ""},
		{"GET", "/other", nil, 404, ""},
	} {
		broken = test.broken
		got := httptest.NewRecorder()
		probes.ServeHTTP(got, httptest.NewRequest(test.method, test.path, nil))
		if got.Code != test.code || !strings.Contains(got.Body.String(), test.text) {
			t.Errorf("%s %s, %v: %d %.200s", test.method, test.path, test.broken, got.Code, got.Body)
		}
	}
}

func TestProbesAreAnsweredUntilTheProgramHasEnded(t *testing.T) {
	l, err := Listen("listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	probes := Probes(func(context.Context) error { return nil }, NewRegistry())
	ctx, signal := context.WithCancel(t.Context())
	ended := errors.New("ended badly")
	err = WithProbes(ctx, l, probes, func(ctx context.Context) error {
		signal()
		<-ctx.Done()
		res, err := http.Get("http://" + l.Addr().String() + "/healthz")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if _, err := io.ReadAll(res.Body); err != nil {
			return err
		}
		return ended
	})
	if !errors.Is(err, ended) {
		t.Errorf("got %v", err)
	}
	if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
		conn.Close()
		t.Error("still listening after the end")
	}
}

func TestAProgramEndsWithItsProbes(t *testing.T) {
	l, err := Listen("listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	err = WithProbes(t.Context(), l, http.NotFoundHandler(), func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if err == nil || !strings.Contains(err.Error(), "serve probes and metrics") {
		t.Errorf("got %v", err)
	}
}

func TestAnInvalidAddressIsNamed(t *testing.T) {
	if _, err := Listen("listen_metrics", "nowhere"); err == nil || !strings.Contains(err.Error(), `listen_metrics must be an address to listen on, was: "nowhere"`) {
		t.Errorf("got %v", err)
	}
}
