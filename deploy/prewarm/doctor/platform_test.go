package doctor_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/platform"
	"prewarm/deploy/prewarm/access"
	"prewarm/deploy/prewarm/api"
	"prewarm/deploy/prewarm/doctor"
	"prewarm/shared/event"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/testbed"
)

// TestDoctorOnTheLocalPlatform breaks parts of a local OpenFaaS with the real functions, one
// after the other. The fakes of the other tests answer as these do.
func TestDoctorOnTheLocalPlatform(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a whole platform")
	}
	t.Chdir("../../..")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	p, err := platform.Start(ctx, platform.Options{StateDir: t.TempDir(), Step: 2 * time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	image, err := p.Image("workload")
	if err == nil { // in mode observe: the chain has messages about it
		err = p.Deploy(ctx, types.FunctionDeployment{Service: "shop", Image: image})
	}
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t}
	well := doctor.Config{
		Access: access.Config{Gateway: p.GatewayURL(), Dashboard: p.GatewayURL() + "/function/dashboard", User: p.User(), Password: p.Password()},
		Store:  &prom.Config{URL: p.StoreURL()}, NATS: w.bus(p.NATSURL()), Keys: event.NewKeys("", p.Key()), Timeout: 5 * time.Second, Now: time.Now,
	}
	w.cfg = well
	w.eventually("nothing", func(found map[string]bool) bool { return len(found) == 0 })

	w.steers(ctx)

	w.cfg.Access.Password = "wrong"
	w.eventually("the password", func(found map[string]bool) bool { return len(found) == 1 && found["password"] })
	w.cfg = well
	w.cfg.Keys = key("z")
	w.eventually("the key", func(found map[string]bool) bool { return len(found) == 1 && found["keys"] })
	w.cfg = well
	p.StopStore()
	w.eventually("the store", func(found map[string]bool) bool { return found["store"] && !found["gateway"] && !found["nats"] })
	if err := p.StartStore(ctx); err != nil {
		t.Fatal(err)
	}
	w.eventually("nothing after the start of the store", func(found map[string]bool) bool { return len(found) == 0 })
	p.StopNATS()
	w.cfg.NATS.Timeout = time.Second
	w.eventually("NATS", func(found map[string]bool) bool { return found["nats"] && !found["gateway"] && !found["store"] })
}

// steers pauses, resumes and sets a mode, with the password of the gateway.
func (w *world) steers(ctx context.Context) {
	w.t.Helper()
	client := api.New(w.cfg.Access)
	for _, paused := range []bool{true, false} {
		if err := client.SetPaused(ctx, paused); err != nil {
			w.t.Fatal(err)
		}
		if s, err := client.Status(ctx); err != nil || s.Paused == nil || *s.Paused != paused {
			w.t.Fatalf("got %+v, %v", s, err)
		}
	}
	if err := client.SetMode(ctx, "shop.openfaas-fn", "off"); err != nil {
		w.t.Fatal(err)
	}
	if err := client.SetMode(ctx, "shop.openfaas-fn", api.Annotated); err != nil {
		w.t.Fatal(err)
	}
	testbed.Eventually(w.t, "a decision about shop", func() bool {
		f, err := client.Function(ctx, "shop.openfaas-fn")
		return err == nil && len(f.Decisions) > 0
	})
}

// eventually waits until the checks that have findings are those of a story.
func (w *world) eventually(what string, holds func(found map[string]bool) bool) {
	w.t.Helper()
	var lines []doctor.Line
	defer func() {
		if w.t.Failed() {
			w.t.Logf("%+v", lines)
		}
	}()
	testbed.Eventually(w.t, "doctor finds "+what, func() bool {
		lines = w.examine()
		found := map[string]bool{}
		for _, l := range lines {
			if l.Level == doctor.Finding {
				found[l.Check] = true
			}
		}
		return holds(found)
	})
}
