package main

import (
	"context"
	"debug/buildinfo"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"prewarm/shared/cli"
)

// image is an image for all platforms.
type image struct {
	ref       name.Tag
	index     v1.ImageIndex
	platforms []platformImage
}

// platformImage is an image for one platform.
type platformImage struct {
	platform  v1.Platform
	image     v1.Image
	materials []byte   // bill of materials, CycloneDX JSON
	artifact  v1.Image // the bill of materials as an artifact of the registry
}

// build builds the images, one program per core at a time, in the order of sources. Files
// that it needs meanwhile are below work.
func build(ctx context.Context, sources []source, o options, work string, log io.Writer) ([]image, error) {
	base, err := baseLayer(ctx)
	if err != nil {
		return nil, err
	}
	bar := cli.NewBar(log, "build", int64(len(sources)*len(o.platforms)))
	defer bar.Done()
	all, err := o.unbuilt(sources)
	if err != nil {
		return nil, err
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, s := range sources {
		for j, p := range o.platforms {
			group.Go(func() (err error) {
				if all[i].platforms[j], err = buildPlatform(inner, s, p, o, base, work); err == nil {
					bar.Add(1)
				}
				return err
			})
		}
	}
	err = group.Wait()
	if ctx.Err() != nil { // says more than the error of a compiler that was interrupted
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	for i, s := range sources {
		all[i].index = index(all[i].platforms, s.labels(o))
	}
	return all, nil
}

// unbuilt returns the images with their references, and room for each platform.
func (o options) unbuilt(sources []source) (all []image, err error) {
	all = make([]image, len(sources))
	for i, s := range sources {
		if all[i].ref, err = o.reference(s.name); err != nil {
			return nil, err
		}
		all[i].platforms = make([]platformImage, len(o.platforms))
	}
	return all, nil
}

// buildPlatform builds one image for one platform.
func buildPlatform(ctx context.Context, s source, p v1.Platform, o options, base v1.Layer, work string) (platformImage, error) {
	binary := filepath.Join(work, s.name+"-"+p.Architecture)
	if err := s.compile(ctx, p, binary); err != nil {
		return platformImage{}, err
	}
	data, err := os.ReadFile(binary)
	if err != nil {
		return platformImage{}, err
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return platformImage{}, err
	}
	return s.assemble(p, o, base, data, info)
}

// assemble makes the image of a program, and its bill of materials.
func (s source) assemble(p v1.Platform, o options, base v1.Layer, program []byte, info *buildinfo.BuildInfo) (platformImage, error) {
	built := platformImage{platform: p}
	var err error
	if built.image, err = s.image(p, o, base, program); err != nil {
		return built, err
	}
	if built.materials, err = materials(s, o, info); err != nil {
		return built, err
	}
	built.artifact, err = artifact(built.materials, built.image)
	return built, err
}
