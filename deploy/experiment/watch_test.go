package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/experiment/hpaloop"
	"prewarm/deploy/experiment/metricsserver"
	"prewarm/deploy/local/controller"
	"prewarm/deploy/local/replica"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
	"prewarm/shared/testbed"
)

// fakeGateway is a gateway with one function, which is scaled at once.
type fakeGateway struct {
	replicas atomic.Uint64
	down     atomic.Bool
	failed   atomic.Int64 // requests while it was down
	url      string
}

func newFakeGateway(t *testing.T) *fakeGateway {
	s := &fakeGateway{}
	s.replicas.Store(1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.down.Load():
			s.failed.Add(1)
			w.WriteHeader(http.StatusBadGateway)
		case r.Method == http.MethodPost:
			var request types.ScaleServiceRequest
			_ = json.NewDecoder(r.Body).Decode(&request)
			s.replicas.Store(request.Replicas)
			w.WriteHeader(http.StatusAccepted)
		default:
			n := s.replicas.Load()
			_ = json.NewEncoder(w).Encode([]types.FunctionStatus{{Name: "hello", Namespace: "openfaas-fn", Replicas: n, AvailableReplicas: n}})
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// watcher returns a watcher of the gateway whose HPA wants at least two replicas.
func (s *fakeGateway) watcher(t *testing.T) *watcher {
	client, err := openfaas.New(openfaas.Config{URL: s.url, Namespaces: []string{"openfaas-fn"}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	const name = "hello.openfaas-fn"
	return &watcher{
		names: []string{name}, gateway: client, processes: func() []replica.Process { return nil }, metrics: metricsserver.New(cpuRequest),
		loop:  hpaloop.New(client, nil, map[string]*hpa.Controller{name: hpaloop.Kubernetes(2, 10)}),
		clock: controller.Clock{Begin: time.Now(), Speed: 1500}, log: slog.New(slog.DiscardHandler),
	}
}

func TestAWatcherRecordsAndLetsTheHPAAct(t *testing.T) {
	s := newFakeGateway(t)
	w := s.watcher(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.run(ctx) }()
	testbed.Eventually(t, "two replicas", func() bool { return s.replicas.Load() == 2 })
	cancel()
	<-ended
	record, err := w.result()
	if err != nil || len(record.polls) == 0 {
		t.Fatalf("got %+v, %v", record, err)
	}
	if first := record.polls[0]; len(first.functions) != 1 || first.functions[0].desired != 1 || first.ready() != 1 {
		t.Errorf("the first poll has %+v", first)
	}
	if s.replicas.Load() != 2 {
		t.Errorf("%d replicas, want the HPA's least", s.replicas.Load())
	}
}

func TestAWatcherWhosePollsFailReturnsAnError(t *testing.T) {
	s := newFakeGateway(t)
	w := s.watcher(t)
	s.down.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.run(ctx) }()
	testbed.Eventually(t, "three polls have failed", func() bool { return s.failed.Load() >= 3 })
	cancel()
	<-ended
	if _, err := w.result(); !errors.Is(err, errPollsMissed) {
		t.Errorf("got %v", err)
	}
}

func TestDecisionsAreKeptAsTheDashboardExportsThem(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/function/dashboard/api/decisions.csv" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte("function,step\na.ns,7\n"))
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "decisions.csv")
	if err := saveDecisions(t.Context(), server.URL, path); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, path); got != "function,step\na.ns,7\n" {
		t.Errorf("kept %q", got)
	}
	if err := saveDecisions(t.Context(), server.URL+"/elsewhere", path); err == nil {
		t.Error("an answer of 404 was kept")
	}
}
