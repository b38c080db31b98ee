package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
)

func TestFaultyValuesAreNamed(t *testing.T) {
	for want, args := range map[string][]string{
		`REGISTRY must be a host with a path in lower case and without a scheme, such as ghcr.io/you, was: "ghcr.io/You"`: {"-registry", "ghcr.io/You"},
		`was: "https://ghcr.io/you"`:            {"-registry", "https://ghcr.io/you"},
		`was: "ghcr.io/you/"`:                   {"-registry", "ghcr.io/you/"},
		`was: "ghcr.io/you:latest"`:             {"-registry", "ghcr.io/you:latest"},
		`TAG must have 1 to 128 letters`:        {"-tag", strings.Repeat("a", 129)},
		`was: "-1"`:                             {"-tag=-1"},
		`was: "1/2"`:                            {"-tag", "1/2"},
		`SOURCE must be a URL`:                  {"-source", "git@example.org:you"},
		`was: "linux/riscv64"`:                  {"-platforms", "linux/riscv64"},
		`was: "linux/amd64,linux/amd64"`:        {"-platforms", "linux/amd64,linux/amd64"},
		`PLATFORMS must be linux/amd64, linux/`: {"-platforms", ""},
		`unknown argument: "push"`:              {"push"},
	} {
		if _, err := parse(args, none, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %s, got %v", args, want, err)
		}
	}
	epoch := func(string) string { return "yesterday" }
	if _, err := parse(nil, epoch, io.Discard); err == nil || !strings.Contains(err.Error(), `SOURCE_DATE_EPOCH must be seconds from 0 to 253402300799, was: "yesterday"`) {
		t.Errorf("got %v", err)
	}
}

func none(string) string { return "" }

func TestARegistryIsPushedToUnlessFilesAreWanted(t *testing.T) {
	for _, c := range []struct {
		args          []string
		registry, out string
	}{
		{nil, "ghcr.io/prewarm", ".state/images"},
		{[]string{"-registry", "ghcr.io/you"}, "ghcr.io/you", ""},
		{[]string{"-registry", "registry.example.org:5000/a/b", "-out", "dist"}, "registry.example.org:5000/a/b", "dist"},
		{[]string{"-out", "dist"}, "ghcr.io/prewarm", "dist"},
		{[]string{"-registry", "you"}, "you", ""}, // of Docker Hub
	} {
		o, err := parse(c.args, none, io.Discard)
		if err != nil || o.registry != c.registry || o.out != c.out || len(o.platforms) != 2 {
			t.Errorf("%q: got %+v, %v", c.args, o, err)
		}
	}
}

// Whatever is accepted makes a name that registries accept, and keeps its parts.
func FuzzOptions(f *testing.F) {
	f.Add("ghcr.io/you", "0.1.0", "https://example.org", "linux/amd64")
	f.Add("localhost:5000", "v1_2-3.4", "", "linux/arm64,linux/amd64")
	f.Add("a@sha256:b", "é", "http://", ",")
	f.Fuzz(func(t *testing.T, registry, tag, source, platforms string) {
		o := options{registry: registry, tag: tag, source: source}
		if o.check(platforms) != nil || tag == "" {
			return
		}
		ref, err := o.reference("prewarm-keda")
		if err != nil {
			t.Fatalf("%q %q: %v", registry, tag, err)
		}
		if ref.TagStr() != tag || !strings.HasSuffix(ref.RepositoryStr(), "/prewarm-keda") && ref.RepositoryStr() != "prewarm-keda" {
			t.Errorf("%q %q became %s", registry, tag, ref)
		}
		if again, err := name.ParseReference(ref.Name()); err != nil || again.Name() != ref.Name() {
			t.Errorf("%s became %v, %v", ref, again, err)
		}
		if len(o.platforms) == 0 || len(o.platforms) > len(supported) {
			t.Errorf("%q: %v", platforms, o.platforms)
		}
	})
}
