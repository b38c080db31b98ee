package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"prewarm/shared/cli"
)

// save writes the images into a directory, and prints the names of the files:
//
//	oci                          OCI layout with all platforms and bills of materials
//	images-linux-amd64.tar       all images of a platform, for docker load, ctr and kind
//	sbom/NAME-linux-amd64.json   bill of materials of an image
//
// Each is written beside its place and then put there as a whole.
func save(ctx context.Context, all []image, o options, out, log io.Writer) error {
	bar := cli.NewBar(log, "write", int64(1+len(o.platforms)))
	defer bar.Done()
	if err := os.MkdirAll(filepath.Join(o.out, "sbom"), 0o777); err != nil {
		return err
	}
	if err := saveLayout(ctx, all, filepath.Join(o.out, "oci")); err != nil {
		return err
	}
	bar.Add(1)
	fmt.Fprintln(out, filepath.Join(o.out, "oci"))
	for n, p := range o.platforms {
		suffix := p.OS + "-" + p.Architecture
		for _, i := range all {
			bill := filepath.Join(o.out, "sbom", path.Base(i.ref.RepositoryStr())+"-"+suffix+".json")
			if err := writeFile(ctx, bill, i.platforms[n].materials); err != nil {
				return err
			}
		}
		file := filepath.Join(o.out, "images-"+suffix+".tar")
		if err := cli.WriteFile(file, func(w io.Writer) error { return writeArchive(ctx, w, all, n) }); err != nil {
			return err
		}
		bar.Add(1)
		fmt.Fprintln(out, file)
	}
	return nil
}

// writeFile writes a file unless ctx has ended.
func writeFile(ctx context.Context, file string, data []byte) error {
	return cli.WriteFile(file, func(w io.Writer) error {
		_, err := w.Write(data)
		return errors.Join(ctx.Err(), err)
	})
}

// saveLayout writes an OCI layout at dir, or replaces one. It refuses to replace another directory.
func saveLayout(ctx context.Context, all []image, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		if _, err := os.Stat(filepath.Join(dir, "oci-layout")); err != nil {
			return fmt.Errorf("OUT must not have a directory oci that is not an OCI layout, was: %q", filepath.Dir(dir))
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), ".oci-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	fresh, old := filepath.Join(work, "new"), filepath.Join(work, "old")
	if err := writeLayout(ctx, all, fresh); err != nil {
		return err
	}
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(fresh, dir)
}

// refName names the annotation with the tag of an image in a layout.
//
// Source: https://github.com/opencontainers/image-spec/blob/main/annotations.md
const refName = "org.opencontainers.image.ref.name"

// writeLayout writes an OCI layout. Tools find an image by its full name.
func writeLayout(ctx context.Context, all []image, dir string) error {
	l, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	for _, i := range all {
		if err := l.AppendIndex(i.index, layout.WithAnnotations(map[string]string{refName: i.ref.Name()})); err != nil {
			return err
		}
		for _, p := range i.platforms {
			if err := errors.Join(ctx.Err(), l.AppendImage(p.artifact)); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
