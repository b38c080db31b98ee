package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// list returns the paths of the files below dir, without blobs.
func list(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.Contains(path, "blobs") {
			below, _ := filepath.Rel(dir, path)
			all = append(all, below)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFilesAreWritten(t *testing.T) {
	o := sampleOptions(t, "registry.example.org")
	o.out = t.TempDir()
	all := sample(t, o)
	var out bytes.Buffer
	for range 2 { // the second time replaces the first
		out.Reset()
		if err := save(t.Context(), all, o, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"images-linux-amd64.tar", "images-linux-arm64.tar", "oci/index.json", "oci/oci-layout",
		"sbom/prewarm-a-linux-amd64.json", "sbom/prewarm-a-linux-arm64.json", "sbom/prewarm-b-linux-amd64.json", "sbom/prewarm-b-linux-arm64.json",
	}
	if got := list(t, o.out); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 3 {
		t.Errorf("output:\n%s", &out)
	}
	bill, err := os.ReadFile(filepath.Join(o.out, "sbom/prewarm-b-linux-arm64.json"))
	if err != nil || !bytes.Equal(bill, all[1].platforms[1].materials) {
		t.Errorf("bill of materials: %.200s, %v", bill, err)
	}
	checkLayout(t, filepath.Join(o.out, "oci"), all)
}

// checkLayout checks that a layout has each image by its full name, and the bills of materials.
func checkLayout(t *testing.T, dir string, all []image) {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	names, bills := map[string]v1.Hash{}, 0
	for _, d := range manifest.Manifests {
		if d.ArtifactType == string(materialsType) {
			bills++
		} else {
			names[d.Annotations[refName]] = d.Digest
		}
	}
	for _, i := range all {
		if names[i.ref.Name()] != digestOf(t, i.index) {
			t.Errorf("the layout has %v, want %s", names, i.ref)
		}
	}
	if bills != 2*len(all) {
		t.Errorf("%d bills of materials", bills)
	}
}

func TestAnInterruptLeavesTheFilesAsTheyWere(t *testing.T) {
	o := sampleOptions(t, "registry.example.org")
	o.out = t.TempDir()
	if err := save(t.Context(), sample(t, o), o, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	before, files := readAll(t, filepath.Join(o.out, "oci/index.json")), list(t, o.out)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.tag = "2"
	if err := save(ctx, sample(t, o), o, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if after := readAll(t, filepath.Join(o.out, "oci/index.json")); !bytes.Equal(after, before) || !slices.Equal(list(t, o.out), files) {
		t.Errorf("files: %q, index:\n%s", list(t, o.out), after)
	}
}

func readAll(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestADirectoryOfSomebodyElseIsNotReplaced(t *testing.T) {
	o := sampleOptions(t, "registry.example.org")
	o.out = t.TempDir()
	precious := filepath.Join(o.out, "oci", "precious")
	if err := os.MkdirAll(precious, 0o700); err != nil {
		t.Fatal(err)
	}
	err := save(t.Context(), sample(t, o), o, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "OUT must not have a directory oci that is not an OCI layout, was: ") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestAnArchiveIsReadInBothForms(t *testing.T) {
	all := sample(t, sampleOptions(t, "registry.example.org"))
	var archives [2]bytes.Buffer
	for n := range archives {
		if err := writeArchive(t.Context(), &archives[n], all, 1); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0].Bytes(), archives[1].Bytes()) {
		t.Error("the archive has other bytes the second time")
	}
	// As docker load reads it.
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archives[0].Bytes())), nil }
	for _, i := range all {
		ref := name.Tag(i.ref)
		img, err := tarball.Image(open, &ref)
		if err != nil {
			t.Fatal(err)
		}
		config, err := img.ConfigFile()
		if err := errors.Join(err, validate.Image(img)); err != nil || config.Architecture != "arm64" {
			t.Errorf("%s: %v", i.ref, err)
		}
	}
	// As containerd reads it.
	dir := t.TempDir()
	unpack(t, &archives[1], dir)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := index.IndexManifest()
	if err := errors.Join(err, validate.Index(index)); err != nil || len(list.Manifests) != len(all) {
		t.Fatalf("%+v, %v", list, err)
	}
	for n, d := range list.Manifests {
		if d.Annotations[containerdName] != all[n].ref.Name() || d.Digest != digestOf(t, all[n].platforms[1].image) {
			t.Errorf("%+v is not %s", d, all[n].ref)
		}
	}
}

// unpack unpacks an archive or a root file system into dir, with the modes of its entries.
func unpack(t *testing.T, r io.Reader, dir string) {
	t.Helper()
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path, mode := filepath.Join(dir, h.Name), os.FileMode(h.Mode)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, mode)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			var data []byte
			if data, err = io.ReadAll(archive); err == nil {
				err = os.WriteFile(path, data, mode)
			}
		}
		if err := errors.Join(err, os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
}
