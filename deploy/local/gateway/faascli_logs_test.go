package gateway

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/logs"
	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/testbed"
)

func TestFaasCLIReadsLogs(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	c.deploy(hello())
	f.awaitReady("hello", 1)
	for _, text := range []string{"one", "two"} {
		f.call(http.MethodGet, "/function/hello/print?text="+text, "")
	}
	past, future := time.Now().Add(-10*time.Minute), time.Now().Add(time.Hour)
	for name, test := range map[string]struct {
		ask  logs.Request
		want int // lines: what the function prints at its start, and the two
	}{
		"--tail=false":                    {logs.Request{Tail: -1}, 3},
		"--tail=false --lines=1":          {logs.Request{Tail: 1}, 1},
		"--tail=false --since=10m":        {logs.Request{Tail: -1, Since: &past}, 3},
		"--tail=false --since-time later": {logs.Request{Tail: -1, Since: &future}, 0},
	} {
		test.ask.Name = "hello"
		lines, err := c.logs(context.Background(), test.ask)
		if err != nil {
			t.Fatal(err)
		}
		var got []logs.Message
		for line := range lines {
			got = append(got, line)
		}
		if len(got) != test.want || len(got) > 0 && got[len(got)-1].Text != "two" {
			t.Errorf("logs %s: %+v", name, got)
		}
	}
	if _, err := c.logs(context.Background(), logs.Request{Name: "nope", Follow: true, Tail: -1}); err == nil || !strings.Contains(err.Error(), "404 - function nope not found") {
		t.Errorf("logs of nothing: %v", err)
	}
}

func TestFaasCLIFollowsLogsUntilTheFunctionIsRemoved(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	c.deploy(hello())
	lines, err := c.logs(context.Background(), logs.Request{Name: "hello", Tail: -1, Follow: true}) // the default
	if err != nil {
		t.Fatal(err)
	}
	f.call(http.MethodGet, "/function/hello/print?text=hey", "")
	for line := range lines {
		if line.Name != "hello" || line.Namespace != Namespace || line.Instance == "" || line.Timestamp.IsZero() {
			t.Errorf("a line without its parts: %+v", line)
		}
		if line.Text == "hey" {
			break
		}
	}
	if err := c.remove("hello"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range lines {
		}
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the stream does not end with its function")
	}
}

func TestTheEndOfALogStreamIsNotLogged(t *testing.T) {
	logged := &testbed.Buffer{}
	log.SetOutput(logged)
	defer log.SetOutput(os.Stderr)
	f := start(t, nil)
	f.deploy(hello())
	f.system(http.MethodGet, "/system/logs?name=hello", "")
	if logged.String() != "" {
		t.Errorf("the program logged %q", logged)
	}
}

func TestFaasCLIManagesSecrets(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	stored := func() string {
		text, err := os.ReadFile(filepath.Join(f.opts.StateDir, "secrets", "api-key"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	expectSecret := func(got, want, value string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if stored() != value {
			t.Errorf("the secret is %q, want %q", stored(), value)
		}
	}
	literal := types.Secret{Name: "api-key", Value: "one"}
	expectSecret(c.createSecret(literal, false), "Created: 202 Accepted", "one")
	literal.Value = "two"
	expectSecret(c.createSecret(literal, false), `secret with the name "api-key" already exists`, "one")
	expectSecret(c.createSecret(literal, true), "Updated: 202 Accepted", "two")
	expectSecret(c.updateSecret(types.Secret{Name: "api-key", Value: "three"}), "Updated: 202 Accepted", "three")
	expectSecret(c.updateSecret(types.Secret{Name: "other", Value: "x"}), "unable to find secret: other", "three")
	expectSecret(c.createSecret(fromFile("api-key", "\x00 four\n"), true), "Updated: 202 Accepted", "\x00 four\n")

	all, err := c.secrets()
	if err != nil || len(all) != 1 || all[0].Name != "api-key" || all[0].Value != "" || all[0].RawValue != nil {
		t.Errorf("secret list: %+v %v", all, err)
	}
	// secret apply removes what is there and creates it again.
	if err := c.removeSecret("api-key"); err != nil {
		t.Error(err)
	}
	expectSecret(c.createSecret(fromFile("api-key", "five\n"), false), "Created: 202 Accepted", "five\n")
	if err := c.removeSecret("api-key"); err != nil {
		t.Error(err)
	}
	if err := c.removeSecret("api-key"); err == nil || err.Error() != "unable to find secret: api-key" {
		t.Errorf("secret remove again: %v", err)
	}
	if all, err := c.secrets(); err != nil || all == nil || len(all) != 0 {
		t.Errorf("secret list of none: %+v %v", all, err)
	}
}

func TestFaasCLIReadsVersionNamespacesAndReadiness(t *testing.T) {
	f := start(t, func(o *Options) { o.Release = "1.2.3" })
	c := newCLI(f, t)
	sha := revision()
	want := fmt.Sprintf("Gateway 1.2.3 %s; provider faas-netes on kubernetes 1.2.3 %s", sha, sha)
	if got, err := c.version(); err != nil || got != want {
		t.Errorf("version: %q %v, want %q", got, err, want)
	}
	if names, err := c.namespaces(); err != nil || !slices.Equal(names, []string{Namespace}) {
		t.Errorf("namespaces: %v %v", names, err)
	}
	if status, body := testbed.Get(t, c.gateway+"/healthz"); status != http.StatusOK {
		t.Errorf("ready: %d %s", status, body)
	}
}
