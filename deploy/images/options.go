package main

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// defaultRegistry is the registry in the names of images that are not pushed, as in stack.yml.
const defaultRegistry = "ghcr.io/prewarm"

// options are what the user chooses, and where the sources come from.
type options struct {
	registry  string // of the images, with their path
	tag       string // "" for that of stack.yml
	out       string // directory for files; "" for a push
	source    string // URL of the sources, "" for none
	platforms []v1.Platform

	revision string    // commit, "" if unknown
	created  time.Time // of the image configurations
}

// supported are the platforms for which images can be built.
var supported = []v1.Platform{
	{OS: "linux", Architecture: "amd64"},
	{OS: "linux", Architecture: "arm64", Variant: "v8"},
}

// tagForm is the form of a tag.
//
// Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
var tagForm = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// check validates the options and sets the platforms of a list.
func (o *options) check(platforms string) error {
	if _, err := name.NewRepository(o.registry + "/prewarm"); err != nil || strings.Contains(o.registry+"/", "//") {
		return fmt.Errorf("REGISTRY must be a host with a path in lower case and without a scheme, such as ghcr.io/you, was: %q", o.registry)
	}
	if o.tag != "" && !tagForm.MatchString(o.tag) {
		return fmt.Errorf("TAG must have 1 to 128 letters, digits, '_', '.' and '-', and not begin with '.' or '-', was: %q", o.tag)
	}
	if o.source != "" {
		if u, err := url.Parse(o.source); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("SOURCE must be a URL with http or https, was: %q", o.source)
		}
	}
	for wanted := range strings.SplitSeq(platforms, ",") {
		i := slices.IndexFunc(supported, func(p v1.Platform) bool { return p.OS+"/"+p.Architecture == wanted })
		if i < 0 || slices.ContainsFunc(o.platforms, supported[max(0, i)].Equals) {
			return fmt.Errorf("PLATFORMS must be linux/amd64, linux/arm64 or both with a comma, each once, was: %q", platforms)
		}
		o.platforms = append(o.platforms, supported[i])
	}
	return nil
}

// reference returns the name of an image, such as ghcr.io/you/prewarm-keda:0.1.0.
func (o *options) reference(image string) (name.Tag, error) {
	return name.NewTag(o.registry + "/" + image + ":" + o.tag)
}
