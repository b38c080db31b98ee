package main

import (
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"prewarm/deploy/buildcontext"
	"prewarm/deploy/local/process"
	"prewarm/shared/testbed"
)

// secrets are the files that OpenFaaS and the manifests mount.
var secrets = map[string]string{
	"/var/openfaas/secrets/prewarm-hmac-key":         "a key of sixteen bytes",
	"/var/openfaas/secrets/prewarm-gateway-password": "secret",
}

// nowhere are addresses at which nothing answers: the programs wait, and live meanwhile.
var nowhere = map[string]string{"nats_url": "nats://127.0.0.1:9", "gateway_url": "http://127.0.0.1:9", "prometheus_url": "http://127.0.0.1:9"}

// probed are the keys with the port of the probes, and their paths, of each program.
var probed = map[string]struct {
	key   string
	paths []string
	more  map[string]string
}{
	"prewarm-connector": {"listen", []string{"/healthz"}, nil},
	"prewarm-keda":      {"listen_metrics", []string{"/healthz"}, map[string]string{"listen": "127.0.0.1:0"}},
}

// TestEveryImageStarts builds the images for this machine, and starts each. Some are built a
// second time, in another directory, which must give the same bytes.
func TestEveryImageStarts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every image")
	}
	t.Chdir("../..")
	first, sources := buildHere(t, everything)
	checkRepeated(t, first)
	deployed := deployments(t)
	for n, i := range first {
		name := sources[n].name
		img := i.platforms[0].image
		switch {
		case name == "prewarm":
			t.Run(name, func(t *testing.T) { checkCommand(t, img) })
		case sources[n].workspace:
			t.Run(name, func(t *testing.T) {
				checkServer(t, img, "handler_port", []string{"/_/health", "/_/ready"}, deployed[name])
			})
		default:
			p := probed[name]
			t.Run(name, func(t *testing.T) { checkServer(t, img, p.key, p.paths, p.more) })
		}
	}
}

func everything(source) bool { return true }

// checkRepeated builds a function and a program again in another directory.
func checkRepeated(t *testing.T, first []image) {
	t.Helper()
	second, sources := buildHere(t, func(s source) bool { return s.name == "prewarm-collector" || s.name == "prewarm-connector" })
	if len(second) != 2 {
		t.Fatalf("built %d images again", len(second))
	}
	for n, i := range second {
		k := slices.IndexFunc(first, func(other image) bool { return other.ref == i.ref })
		if a, b := digestOf(t, first[k].index), digestOf(t, i.index); a != b {
			t.Errorf("%s: built in another directory, %v became %v", sources[n].name, a, b)
		}
	}
}

// buildHere builds images for the platform of this machine in a new directory.
func buildHere(t *testing.T, wanted func(source) bool) ([]image, []source) {
	t.Helper()
	o := sampleOptions(t, "registry.example.org")
	o.platforms = nil
	if err := o.check("linux/" + runtime.GOARCH); err != nil {
		t.Skip(err)
	}
	work := t.TempDir()
	sources, _, err := suite(work)
	if err != nil {
		t.Fatal(err)
	}
	sources = slices.DeleteFunc(sources, func(s source) bool { return !wanted(s) })
	all, err := build(t.Context(), sources, o, work, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return all, sources
}

// deployments returns the environment of each function in stack.yml, by its image.
func deployments(t *testing.T) map[string]map[string]string {
	t.Helper()
	functions, err := buildcontext.Load("stack.yml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, f := range functions {
		all["prewarm-"+f.Name] = f.Spec.Environment
	}
	return all
}

// checkServer starts an image with its probes at a free port, waits until they answer, and
// stops it.
func checkServer(t *testing.T, img v1.Image, key string, paths []string, deployed map[string]string) {
	free, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + strconv.Itoa(free)
	env := map[string]string{}
	maps.Copy(env, deployed)
	maps.Copy(env, nowhere)
	env[key] = address
	if key == "handler_port" {
		env[key] = strconv.Itoa(free)
		env["healthcheck_interval"] = "0s" // nobody sends calls while it stops
	}
	c := runImage(t, img, nil, env, secrets)
	defer func() {
		if t.Failed() {
			t.Logf("output:\n%s", c.output)
		}
	}()
	for _, path := range paths {
		testbed.Eventually(t, path+" answers", func() bool {
			select {
			case <-c.Done():
				t.Fatalf("ended: %v", c.Wait())
			default:
			}
			res, err := http.Get("http://" + address + path)
			if err != nil {
				return false
			}
			defer res.Body.Close()
			return res.StatusCode == http.StatusOK
		})
	}
	c.checkConfined(t)
}

// checkCommand runs the image of the command.
func checkCommand(t *testing.T, img v1.Image) {
	c := runImage(t, img, []string{"--help"}, nil, nil)
	if err := c.Wait(); err != nil || c.output.String() == "" {
		t.Errorf("--help: %v\n%s", err, c.output)
	}
}
