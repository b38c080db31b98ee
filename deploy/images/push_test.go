package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestPushedImagesComeBackWithTheirBillsOfMaterials(t *testing.T) {
	for _, referrers := range []bool{true, false} { // older registries have a tag in place of the list
		t.Run(fmt.Sprintf("list of referrers %v", referrers), func(t *testing.T) {
			o := sampleOptions(t, startRegistry(t, nobody, registry.WithReferrersSupport(referrers)))
			all := sample(t, o)
			var out, progress bytes.Buffer
			if err := push(t.Context(), all, &out, &progress); err != nil {
				t.Fatal(err)
			}
			for _, i := range all {
				if line := fmt.Sprintf("%s@%s\n", i.ref, digestOf(t, i.index)); !strings.Contains(out.String(), line) {
					t.Errorf("want the line %s, got\n%s", line, &out)
				}
				pulled, err := remote.Index(i.ref)
				if err != nil {
					t.Fatal(err)
				}
				if err := validate.Index(pulled); err != nil || digestOf(t, pulled) != digestOf(t, i.index) {
					t.Errorf("%s came back as %v, %v", i.ref, digestOf(t, pulled), err)
				}
				for _, p := range i.platforms {
					checkPulled(t, i, p, o)
				}
			}
			if !strings.Contains(progress.String(), "push: 100 % (2 of 2)") {
				t.Errorf("progress:\n%s", &progress)
			}
		})
	}
}

// checkPulled pulls the image for a platform, as a node of a cluster does, and the bill of
// materials that refers to it.
func checkPulled(t *testing.T, i image, p platformImage, o options) {
	t.Helper()
	pulled, err := remote.Image(i.ref, remote.WithPlatform(p.platform))
	if err != nil {
		t.Fatal(err)
	}
	config, err := pulled.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if digestOf(t, pulled) != digestOf(t, p.image) || config.Architecture != p.platform.Architecture {
		t.Errorf("%s for %s is %v for %s", i.ref, p.platform, digestOf(t, pulled), config.Architecture)
	}
	c := config.Config
	if c.User != user || c.WorkingDir != "/" || len(c.Entrypoint) != 1 || !config.Created.Equal(o.created) {
		t.Errorf("%s: %+v", i.ref, c)
	}
	for key, want := range map[string]string{"version": "1.2.3", "revision": "c0ffee", "created": "1970-01-02T00:00:00Z", "licenses": "MIT", "source": o.source} {
		if got := c.Labels["org.opencontainers.image."+key]; got != want {
			t.Errorf("%s: label %s is %q", i.ref, key, got)
		}
	}
	referrers, err := remote.Referrers(i.ref.Context().Digest(digestOf(t, pulled).String()))
	if err != nil {
		t.Fatal(err)
	}
	list, err := referrers.IndexManifest()
	if err != nil || len(list.Manifests) != 1 || list.Manifests[0].ArtifactType != string(materialsType) {
		t.Fatalf("referrers of %s: %+v, %v", i.ref, list, err)
	}
	bill, err := remote.Image(i.ref.Context().Digest(list.Manifests[0].Digest.String()))
	if err != nil || content(t, bill) != string(p.materials) {
		t.Errorf("the bill of %s came back changed, %v", i.ref, err)
	}
}

func TestAPushThatFailsSetsNoTag(t *testing.T) {
	full := func(r *http.Request) int {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/prewarm-b/manifests/") {
			return http.StatusInsufficientStorage
		}
		return 0
	}
	all := sample(t, sampleOptions(t, startRegistry(t, full)))
	err := push(t.Context(), all, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "push "+all[1].ref.String()) {
		t.Errorf("the error must name the image, was: %v", err)
	}
	for _, i := range all {
		if d, err := remote.Head(i.ref); err == nil {
			t.Errorf("%s is %v", i.ref, d.Digest)
		}
	}
}

func TestAnInterruptEndsAPush(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	interrupt := func(r *http.Request) int {
		if r.Method == http.MethodPatch {
			cancel()
		}
		return 0
	}
	all := sample(t, sampleOptions(t, startRegistry(t, interrupt)))
	if err := push(ctx, all, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTheCredentialsOfDockerLoginAreUsed(t *testing.T) {
	locked := func(r *http.Request) int {
		if user, password, _ := r.BasicAuth(); user != "you" || password != "secret" {
			return http.StatusUnauthorized
		}
		return 0
	}
	host := startRegistry(t, locked)
	all := sample(t, sampleOptions(t, host))
	if err := push(t.Context(), all, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "secret") {
		t.Errorf("without credentials: %v", err)
	}
	config := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, base64.StdEncoding.EncodeToString([]byte("you:secret")))
	if err := os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := push(t.Context(), all, io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
}

func TestTheIndexHasEachPlatformOnce(t *testing.T) {
	for _, i := range sample(t, sampleOptions(t, "registry.example.org")) {
		list, err := i.index.IndexManifest()
		if err != nil {
			t.Fatal(err)
		}
		var platforms []string
		for _, d := range list.Manifests {
			platforms = append(platforms, d.Platform.String())
		}
		if !slices.Equal(platforms, []string{"linux/amd64", "linux/arm64/v8"}) || list.Annotations["org.opencontainers.image.version"] != "1.2.3" {
			t.Errorf("%s: %v, %v", i.ref, platforms, list.Annotations)
		}
	}
}
