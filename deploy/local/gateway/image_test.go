package gateway

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// withImage starts a gateway whose only image has the environment.
func withImage(t *testing.T, env map[string]string) *fixture {
	t.Helper()
	program, err := images.Resolve(testImage)
	if err != nil {
		t.Fatal(err)
	}
	dir := ImageDirectory(filepath.Join(t.TempDir(), "images"))
	for range 2 { // the second build replaces the first
		if err := dir.Add(testImage, Image{Path: program.Path, Env: env}); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, func(o *Options) { o.Images = dir })
}

func TestAFunctionHasTheEnvironmentOfItsImage(t *testing.T) {
	f := withImage(t, map[string]string{"mode": "http", "fprocess": "./handler", "step": "1m", "handler_port": "1", "healthcheck_interval": "5s"})
	d := hello()
	d.EnvVars = map[string]string{"step": "1s"}
	f.deploy(d)
	for name, want := range map[string]string{
		"mode": "http", "fprocess": "./handler",
		"step":                 "1s", // of the deployment
		"healthcheck_interval": "0s", // of this platform, as the port is
		"HTTP_PROXY":           "",   // of nobody
	} {
		if got := f.call(http.MethodGet, "/function/hello/env?name="+name, ""); got.code != http.StatusOK || got.body != want {
			t.Errorf("%s: %d %q, want %q", name, got.code, got.body, want)
		}
	}
	// A Deployment of Kubernetes does not have the variables of its image.
	if got := f.status("hello").EnvProcess; got != "" {
		t.Errorf("the status has the process %q", got)
	}
}

func TestTheTimeoutOfTheImageCounts(t *testing.T) {
	door := newDoor(t) // it stays closed
	f := withImage(t, map[string]string{"exec_timeout": "50ms"})
	f.deploy(hello())
	if got := f.call(http.MethodGet, door.visit(), ""); got.code != http.StatusGatewayTimeout || !strings.Contains(got.body, "50ms") {
		t.Errorf("got %d %q", got.code, got.body)
	}
}

func TestAnImageWithAnUnreadableTimeoutIsRefused(t *testing.T) {
	f := withImage(t, map[string]string{"exec_timeout": "soon"})
	code, err := f.client.Deploy(context.Background(), hello())
	if code != http.StatusBadRequest || !strings.Contains(err.Error(), testImage) || !strings.Contains(err.Error(), "exec_timeout") {
		t.Errorf("got %d %v", code, err)
	}
}

func FuzzDecodeImageEnv(f *testing.F) {
	f.Add([]byte(`{"mode":"http"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		env, err := decodeImageEnv(text)
		if err == nil && validateEnvironment("", env) != nil {
			t.Errorf("accepted: %q", env)
		}
	})
}
