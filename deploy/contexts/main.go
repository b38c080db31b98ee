// Command contexts does what the container build of each function does: it makes the
// build context, then builds, vets and tests it with an empty module cache. It prints
// files and bytes of each context and the modules that are downloaded. It fails if a
// context downloads more than -max-mib or a module that is meant for tools.
//
//	go run ./deploy/contexts [-max-mib 60] [stack files]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"prewarm/deploy/buildcontext"
	"prewarm/shared/cli"
)

func main() {
	cli.Main("contexts", func(ctx context.Context, args []string, out, _ io.Writer) error { return run(ctx, args, out) })
}

// run checks every function of the stack files. The error joins those of all functions.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("contexts", flag.ContinueOnError)
	maxMiB := flags.Float64("max-mib", 60, "the most that one context may download, in MiB")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	files := flags.Args()
	if len(files) == 0 {
		files = []string{"stack.yml", filepath.Join("deploy", "local", "workload.yml")}
	}
	var functions []buildcontext.Function
	for _, file := range files {
		loaded, err := buildcontext.Load(file)
		if err != nil {
			return err
		}
		functions = append(functions, loaded...)
	}
	if len(functions) == 0 {
		return fmt.Errorf("no function to build in %q", files)
	}
	return checkAll(ctx, functions, int64(*maxMiB*mib), out)
}

// checkAll checks functions, one per core at a time, and prints their reports in order.
// A printed report that misses its bound is an error too.
func checkAll(ctx context.Context, functions []buildcontext.Function, bound int64, out io.Writer) error {
	proxy, err := localProxy(ctx)
	if err != nil {
		return err
	}
	reports, errs := make([]report, len(functions)), make([]error, len(functions))
	// Without a context: the failure of one function does not stop the checks of others.
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	for i, f := range functions {
		group.Go(func() error {
			reports[i], errs[i] = check(ctx, f, proxy)
			return nil
		})
	}
	_ = group.Wait() // errs has the error of each function
	for i, r := range reports {
		if errs[i] == nil {
			fmt.Fprintln(out, r)
			errs[i] = r.within(bound)
		}
	}
	return errors.Join(errs...)
}
