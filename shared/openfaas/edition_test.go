package openfaas_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/openfaas"
)

func TestTheProviderTellsTheEdition(t *testing.T) {
	for body, want := range map[string]openfaas.Edition{
		`{"provider":{"provider":"faas-netes-ce","orchestration":"kubernetes"}}`:       openfaas.Community,
		`{"provider":{"provider":"faas-netes","orchestration":"kubernetes"}}`:          openfaas.Standard,
		`{"provider":{"provider":"faasd-ce","orchestration":"containerd"}}`:            openfaas.Edge,
		`{"provider":{"provider":"faas-swarm","orchestration":"swarm"}}`:               openfaas.EditionUnknown,
		`{"arch":"x86_64","version":{"release":"0.27.12","sha":"5539cf43c15a28e9af"}}`: openfaas.EditionUnknown,
	} {
		c := serve(t, map[string]http.HandlerFunc{"GET /system/info": text(200, body)})
		if got, err := c.Edition(context.Background()); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", body, got, err, want)
		}
	}
}

func TestTheEditionIsAskedOnce(t *testing.T) {
	asked := 0
	c := serve(t, map[string]http.HandlerFunc{"GET /system/info": func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, `{"provider":{"provider":"faas-netes-ce","orchestration":"kubernetes"}}`)
	}})
	if got, err := c.Edition(context.Background()); got != openfaas.EditionUnknown || !errors.Is(err, openfaas.ErrUnavailable) {
		t.Errorf("a gateway that is starting: got %q, %v", got, err)
	}
	for range 3 {
		if got, err := c.Edition(context.Background()); got != openfaas.Community || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2: the failure is asked again, the answer is kept", asked)
	}
}

// Each batch of the scaler asks, and waits for the answer.
func TestAGatewayThatDoesNotAnswerIsNotAskedByEachBatch(t *testing.T) {
	asked := make(chan struct{}, 10)
	c := serve(t, map[string]http.HandlerFunc{"GET /system/info": func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}})
	for i := range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		got, err := c.Edition(ctx)
		cancel()
		if got != openfaas.EditionUnknown || errors.Is(err, openfaas.ErrTimeout) != (i == 0) {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if n := len(asked); n > 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestAGatewayWithoutInfoHasNoKnownEdition(t *testing.T) {
	if got, err := serve(t, nil).Edition(context.Background()); got != openfaas.EditionUnknown || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheOperatorMaySetTheEdition(t *testing.T) {
	for value, want := range map[string]openfaas.Edition{"auto": openfaas.EditionUnknown, "ce": openfaas.Community, "standard": openfaas.Standard, "edge": openfaas.Edge} {
		r := config.NewReader(func(key string) string { return map[string]string{"openfaas_edition": value}[key] })
		if got := openfaas.ReadConfig(r).Edition; got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
	c, err := openfaas.New(openfaas.Config{URL: "http://127.0.0.1:1", Edition: openfaas.Edge})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Edition(context.Background()); got != openfaas.Edge || err != nil {
		t.Errorf("got %q, %v: a gateway is asked only with auto", got, err)
	}
}
