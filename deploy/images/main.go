// Command images builds the images of the suite without a container engine: the functions
// of stack.yml, and the programs beside them, for several platforms. It runs in the root of
// the repository. make images calls it.
//
// With -registry alone it pushes them. With -out it writes files: an OCI layout, an
// archive for each platform, and the bills of materials.
//
// An image has two layers on an empty base: one that all images share, with the user, the
// certificates and the time zones, and one with a static program. Whoever builds the same
// sources with the same version of Go gets the same bytes, in whatever directory.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"prewarm/shared/cli"
)

func main() { cli.Main("images", run) }

// run is the program.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parse(args, os.Getenv, log)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "prewarm-images-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	sources, tag, err := suite(work)
	if err != nil {
		return err
	}
	if o.tag == "" {
		o.tag = tag
	}
	built, err := build(ctx, sources, o, work, log)
	if err != nil {
		return err
	}
	if o.out != "" {
		return save(ctx, built, o, out, log)
	}
	return push(ctx, built, out, log)
}

// parse reads the flags. Variables of the environment that change the images are
// SOURCE_DATE_EPOCH, and REGISTRY and TAG in stack.yml.
func parse(args []string, getenv func(string) string, log io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("images", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&o.registry, "registry", "", "`REGISTRY` of the images with their path, such as ghcr.io/you; they are pushed to it if -out is empty")
	flags.StringVar(&o.tag, "tag", "", "`TAG` of the images (default that of stack.yml)")
	flags.StringVar(&o.out, "out", "", "`DIR` to write files to in place of a push (default .state/images without -registry)")
	flags.StringVar(&o.source, "source", "", "`URL` of the sources, for the label org.opencontainers.image.source")
	platforms := flags.String("platforms", "linux/amd64,linux/arm64", "`LIST` of platforms")
	if err := cli.Parse(flags, args); err != nil {
		return o, err
	}
	if o.registry == "" && o.out == "" {
		o.out = ".state/images"
	}
	if o.registry == "" {
		o.registry = defaultRegistry
	}
	if err := o.check(*platforms); err != nil {
		return o, err
	}
	var err error
	if o.revision, o.created, err = origin(".", getenv("SOURCE_DATE_EPOCH")); err != nil {
		return o, err
	}
	if o.revision == "" {
		fmt.Fprintln(log, "no commit, or changes that are not committed: the images have no label org.opencontainers.image.revision")
	}
	return o, nil
}
