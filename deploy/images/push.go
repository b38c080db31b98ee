package main

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"prewarm/shared/cli"
)

// push pushes the images with the credentials of docker login, and prints the names. It sets
// the tags last: after an interrupt or an error on the way, all tags of the registry are as they were.
func push(ctx context.Context, all []image, out, log io.Writer) error {
	pusher, err := remote.NewPusher(remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithUserAgent("prewarm-images"))
	if err != nil {
		return err
	}
	bar := cli.NewBar(log, "push", int64(len(all)))
	defer bar.Done()
	for _, i := range all {
		if err := i.upload(ctx, pusher); err != nil {
			return fmt.Errorf("push %s: %w", i.ref, err)
		}
		bar.Add(1)
	}
	for _, i := range all {
		digest, err := i.index.Digest()
		if err != nil {
			return err
		}
		if err := pusher.Put(ctx, i.ref, i.index); err != nil {
			return fmt.Errorf("set the tag %s: %w", i.ref, err)
		}
		fmt.Fprintf(out, "%s@%s\n", i.ref, digest)
	}
	return nil
}

// manifest is an image, an index or an artifact.
type manifest interface {
	remote.Taggable
	Digest() (v1.Hash, error)
}

// upload pushes an image without a tag, and its bills of materials.
func (i image) upload(ctx context.Context, pusher *remote.Pusher) error {
	all := []manifest{i.index}
	for _, p := range i.platforms {
		all = append(all, p.artifact)
	}
	for _, part := range all {
		digest, err := part.Digest()
		if err != nil {
			return err
		}
		if err := pusher.Push(ctx, i.ref.Context().Digest(digest.String()), part); err != nil {
			return err
		}
	}
	return nil
}
