package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// sampleOptions are those of images for a registry.
func sampleOptions(t *testing.T, host string) options {
	t.Helper()
	o := options{registry: host + "/you", tag: "1.2.3", source: "https://example.org/prewarm", revision: "c0ffee", created: time.Unix(86400, 0).UTC()}
	if err := o.check("linux/amd64,linux/arm64"); err != nil {
		t.Fatal(err)
	}
	return o
}

// sample returns two images for two platforms, with other bytes in place of programs.
func sample(t *testing.T, o options) []image {
	t.Helper()
	base, err := layer(map[string]file{"/etc/passwd": {0o644, []byte(passwd)}})
	if err != nil {
		t.Fatal(err)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test has no build information")
	}
	var all []image
	for _, s := range []source{
		{name: "prewarm-a", about: "First", entry: "/a", ports: []string{"8080"}, env: map[string]string{"handler_port": "8080"}},
		{name: "prewarm-b", about: "Second", entry: "/b"},
	} {
		i := image{}
		if i.ref, err = o.reference(s.name); err != nil {
			t.Fatal(err)
		}
		for _, p := range o.platforms {
			built, err := s.assemble(p, o, base, []byte(s.name+p.Architecture), info)
			if err != nil {
				t.Fatal(err)
			}
			i.platforms = append(i.platforms, built)
		}
		i.index = index(i.platforms, s.labels(o))
		all = append(all, i)
	}
	return all
}

// startRegistry starts a registry in this process and returns its host. Requests for which
// refuse returns a status other than 0 get that.
func startRegistry(t *testing.T, refuse func(*http.Request) int, with ...registry.Option) string {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir()) // no credentials of whoever runs the test
	next := registry.New(append(with, registry.Logger(quiet()))...)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := refuse(r); status != 0 {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(status)
			return
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func nobody(*http.Request) int { return 0 }

// digestOf returns the digest of an image, an index or an artifact.
func digestOf(t *testing.T, m interface{ Digest() (v1.Hash, error) }) v1.Hash {
	t.Helper()
	digest, err := m.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// content returns the only layer of an artifact.
func content(t *testing.T, artifact v1.Image) string {
	t.Helper()
	layers, err := artifact.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	r, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
