package platform

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/go-sdk/stack"

	"prewarm/deploy/buildcontext"
)

// TestFaasCLIDeploysWhatThePlatformDeploys reads the file as a shell does, and the stack file
// as faas-cli does with that environment: each variable that the platform sets is the same, but
// for those that the stack file has no variable for.
func TestFaasCLIDeploysWhatThePlatformDeploys(t *testing.T) {
	own := []string{"openfaas_edition", "decisions_max_bytes", "transit_max_bytes", "readiness_default"}
	for _, step := range []time.Duration{time.Second, time.Minute} {
		p := &Platform{opts: Options{StateDir: t.TempDir() + "/it's", Step: step, Shards: 2, Env: map[string]string{"cost_ratio": "0.15", "readiness_default": "300ms"}}}
		p.address.nats, p.address.gateway, p.address.store = "127.0.0.1:14222", "127.0.0.1:18080", "127.0.0.1:18428"
		if err := os.Mkdir(p.opts.StateDir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := p.writeStackEnv(); err != nil {
			t.Fatal(err)
		}
		source(t, p.StackEnv())
		functions, err := buildcontext.Load("../../../stack.yml")
		if err != nil {
			t.Fatal(err)
		}
		if got := os.Getenv("OPENFAAS_URL"); got != "http://127.0.0.1:18080" {
			t.Errorf("faas-cli calls %q", got)
		}
		for _, f := range functions {
			compare(t, p, f, own)
		}
	}
}

// faas-cli new writes a function with nothing but its language, handler and image.
func TestANewFunctionIsDeployedWithTheSuite(t *testing.T) {
	p := &Platform{opts: Options{Step: time.Second}}
	d := p.local(buildcontext.Function{Name: "hello", Spec: stack.Function{Image: "hello:latest"}})
	if d.Service != "hello" || d.Image != "hello:latest" || d.EnvVars["step"] != "1s" || len(*d.Annotations) != 0 || d.Limits != nil {
		t.Errorf("got %+v", d)
	}
}

// source sets the variables that a file sets in a shell, until the test ends. Beside it, the
// shell has those of a user who has deployed on a cluster.
func source(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", `set -a; . "$1"; set +a; env -0`, "sh", path)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "REGISTRY=registry.example.org/you", "NATS_URL=nats://cluster:4222"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte("REGISTRY=")) {
		t.Error("the registry of the user stays")
	}
	for line := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		name, value, _ := strings.Cut(line, "=")
		t.Setenv(name, value)
	}
}

// compare checks one function: what faas-cli would deploy against what the platform deploys.
func compare(t *testing.T, p *Platform, f buildcontext.Function, own []string) {
	t.Helper()
	d := p.local(f)
	for name, want := range d.EnvVars {
		if got := f.Spec.Environment[name]; got != want && !slices.Contains(own, name) {
			// The platform gives the addresses to all functions, also to those that read none.
			if _, set := f.Spec.Environment[name]; set {
				t.Errorf("%s: %s is %q by faas-cli, %q by the platform", f.Name, name, got, want)
			}
		}
	}
	if f.Spec.Annotations != nil && (*f.Spec.Annotations)["schedule"] != (*d.Annotations)["schedule"] {
		t.Errorf("%s: schedule %q", f.Name, (*f.Spec.Annotations)["schedule"])
	}
}
