package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// containerdName names the annotation with the full name of an image in an archive.
//
// Source: https://pkg.go.dev/github.com/containerd/containerd/images, AnnotationImageName
const containerdName = "io.containerd.image.name"

// archive is a tar file that is an OCI layout and has the manifest.json of docker save as
// well. containerd, and so ctr and kind, read the former and keep the digests; docker load
// reads the latter. Both name the same blobs.
type archive struct {
	entries map[string][]byte
	index   v1.IndexManifest
	docker  tarball.Manifest
}

// writeArchive writes the images of one platform, the n-th of each.
func writeArchive(ctx context.Context, w io.Writer, all []image, n int) error {
	a := archive{
		entries: map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		index:   v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex},
	}
	for _, i := range all {
		if err := a.add(i.platforms[n], i.ref.Name(), i.ref.TagStr()); err != nil {
			return err
		}
	}
	var err error
	if a.entries["index.json"], err = json.Marshal(a.index); err != nil {
		return err
	}
	if a.entries["manifest.json"], err = json.Marshal(a.docker); err != nil {
		return err
	}
	return a.write(ctx, w)
}

// add adds an image.
func (a *archive) add(p platformImage, reference, tag string) error {
	d, err := partial.Descriptor(p.image)
	if err != nil {
		return err
	}
	d.ArtifactType, d.Platform = "", &p.platform
	d.Annotations = map[string]string{containerdName: reference, refName: tag}
	a.index.Manifests = append(a.index.Manifests, *d)
	if a.entries[blob(d.Digest)], err = p.image.RawManifest(); err != nil {
		return err
	}
	config, err := p.image.ConfigName()
	if err != nil {
		return err
	}
	if a.entries[blob(config)], err = p.image.RawConfigFile(); err != nil {
		return err
	}
	layers, err := a.addLayers(p.image)
	a.docker = append(a.docker, tarball.Descriptor{Config: blob(config), RepoTags: []string{reference}, Layers: layers})
	return err
}

// addLayers adds the layers of an image and returns their paths. A layer that several images
// share is there once.
func (a *archive) addLayers(img v1.Image) (paths []string, err error) {
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			return nil, err
		}
		r, err := l.Compressed()
		if err != nil {
			return nil, err
		}
		a.entries[blob(digest)], err = io.ReadAll(r)
		if err := r.Close(); err != nil {
			return nil, err
		}
		if err != nil {
			return nil, err
		}
		paths = append(paths, blob(digest))
	}
	return paths, nil
}

// blob returns the path of a blob.
func blob(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }

// write writes the entries in the order of their names.
func (a *archive) write(ctx context.Context, w io.Writer) error {
	t := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(a.entries)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := add(t, tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}, a.entries[name]); err != nil {
			return err
		}
	}
	return t.Close()
}
