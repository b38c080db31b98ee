package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/openfaas"
)

// gateway is a gateway in memory. A function is ready after a time.
type gateway struct {
	fails    []error // of the next calls
	delay    time.Duration
	deployed map[string]time.Time
}

func (g *gateway) next() (err error) {
	if len(g.fails) > 0 {
		err, g.fails = g.fails[0], g.fails[1:]
	}
	return err
}

func (g *gateway) Deploy(_ context.Context, f types.FunctionDeployment) error {
	if err := g.next(); err != nil {
		return err
	}
	g.deployed[f.Service+"."+f.Namespace] = time.Now()
	return nil
}

func (g *gateway) Remove(_ context.Context, name, namespace string) error {
	if err := g.next(); err != nil {
		return err
	}
	delete(g.deployed, name+"."+namespace)
	return nil
}

func (g *gateway) Function(_ context.Context, name string) (openfaas.Function, error) {
	since, found := g.deployed[name]
	if !found {
		return openfaas.Function{}, fmt.Errorf("read %s: %w", name, openfaas.ErrNotFound)
	}
	f := openfaas.Function{Name: name}
	if time.Since(since) >= g.delay {
		f.Available = 1
	}
	return f, nil
}

var suite = []types.FunctionDeployment{
	{Service: "collector", Namespace: "openfaas-fn", Image: "collector:1"},
	{Service: "scaler", Namespace: "openfaas-fn", Image: "scaler:1"},
}

// story runs a test in virtual time, with a gateway and a minute of it.
func story(t *testing.T, tell func(ctx context.Context, g *gateway)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		tell(ctx, &gateway{delay: 5 * time.Second, deployed: map[string]time.Time{}})
	})
}

var quiet = slog.New(slog.DiscardHandler)

func TestFunctionsAreDeployedAndAwaitedThenRemoved(t *testing.T) {
	story(t, func(ctx context.Context, g *gateway) {
		// A gateway that is starting.
		g.fails = []error{openfaas.ErrUnavailable, openfaas.ErrTimeout}
		begin := time.Now()
		if err := Apply(ctx, g, suite, quiet); err != nil || len(g.deployed) != 2 {
			t.Errorf("%v: %v", err, g.deployed)
		}
		if took := time.Since(begin); took != 7*time.Second {
			t.Errorf("ready after %v, want two pauses and the start of the functions", took)
		}
		g.fails = []error{openfaas.ErrUnavailable}
		if err := Remove(ctx, g, suite, quiet); err != nil || len(g.deployed) != 0 {
			t.Errorf("%v: %v", err, g.deployed)
		}
	})
}

func TestARefusalEndsTheRolloutAtOnce(t *testing.T) {
	for _, refusal := range []error{openfaas.ErrRefused, openfaas.ErrAddress, openfaas.ErrDenied} {
		story(t, func(ctx context.Context, g *gateway) {
			begin := time.Now()
			g.fails = []error{refusal}
			if err := Apply(ctx, g, suite, quiet); !errors.Is(err, refusal) || time.Since(begin) != 0 {
				t.Errorf("%v after %v", err, time.Since(begin))
			}
		})
	}
}

func TestAFunctionThatDoesNotStartIsNamed(t *testing.T) {
	story(t, func(ctx context.Context, g *gateway) {
		g.delay = time.Hour
		err := Apply(ctx, g, suite, quiet)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "collector.openfaas-fn: no replica is ready") {
			t.Error(err)
		}
	})
}

func TestAFileOfFunctionsIsChecked(t *testing.T) {
	good, err := json.Marshal(suite)
	if err != nil {
		t.Fatal(err)
	}
	if functions, err := Read(good); err != nil || len(functions) != 2 {
		t.Errorf("%v: %v", err, functions)
	}
	for text, want := range map[string]string{
		`{}`:                                     "must be a JSON list",
		`[]`:                                     "must be 1 to 100, were: 0",
		`[{"service":"a","envars":{}}]`:          `unknown field "envars"`,
		`[{"service":"A","namespace":"b"}]`:      `functions[0].service must be a name`,
		`[{"service":"a","image":"x"}]`:          `functions[0].namespace must be a name`,
		`[{"service":"a","namespace":"b"}]`:      `functions[0].image must be set`,
		string(good) + string(good):              "nothing may follow",
		"[" + strings.Repeat("{},", 100) + "{}]": "were: 101",
	} {
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %v, want %q", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	good, err := json.Marshal(suite)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`[{"service":"a","namespace":"b","image":"c","labels":null}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		functions, err := Read(text)
		if err == nil && (len(functions) == 0 || functions[0].Image == "") {
			t.Errorf("taken: %q", text)
		}
	})
}
