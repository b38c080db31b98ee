package main

import (
	"maps"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// labels returns the labels of the image configuration, which are the annotations of
// manifests and index as well: registries show one or the other.
//
// Source: https://github.com/opencontainers/image-spec/blob/main/annotations.md
func (s source) labels(o options) map[string]string {
	const prefix = "org.opencontainers.image."
	all := map[string]string{
		prefix + "title":       s.name,
		prefix + "description": s.about,
		prefix + "licenses":    "MIT",
		prefix + "version":     o.tag,
		prefix + "created":     o.created.Format(time.RFC3339),
		prefix + "revision":    o.revision,
		prefix + "source":      o.source,
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// config returns the configuration with which a container of the image starts.
func (s source) config(o options) v1.Config {
	c := v1.Config{
		User:         user,
		Entrypoint:   []string{s.entry},
		WorkingDir:   "/",
		Env:          []string{"PATH=/"},
		ExposedPorts: map[string]struct{}{},
		Labels:       s.labels(o),
	}
	for _, key := range slices.Sorted(maps.Keys(s.env)) {
		c.Env = append(c.Env, key+"="+s.env[key])
	}
	for _, port := range s.ports {
		c.ExposedPorts[port+"/tcp"] = struct{}{}
	}
	return c
}

// image returns the image of a program for one platform.
func (s source) image(p v1.Platform, o options, base v1.Layer, program []byte) (v1.Image, error) {
	top, err := layer(map[string]file{s.entry: {0o755, program}})
	if err != nil {
		return nil, err
	}
	created := v1.Time{Time: o.created}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err = mutate.ConfigFile(img, &v1.ConfigFile{
		OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, Created: created, Config: s.config(o),
		RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, err
	}
	img, err = mutate.Append(img,
		mutate.Addendum{Layer: base, History: v1.History{Created: created, CreatedBy: "user, certificates, time zones"}},
		mutate.Addendum{Layer: top, History: v1.History{Created: created, CreatedBy: s.entry}})
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(img, s.labels(o)).(v1.Image), nil
}

// index returns the index of an image for several platforms.
func index(all []platformImage, annotations map[string]string) v1.ImageIndex {
	idx := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range all {
		idx = mutate.AppendManifests(idx, mutate.IndexAddendum{Add: p.image, Descriptor: v1.Descriptor{Platform: &p.platform}})
	}
	return mutate.Annotations(idx, annotations).(v1.ImageIndex)
}
