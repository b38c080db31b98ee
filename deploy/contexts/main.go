// Command contexts checks what a container build of every function would do: it
// makes each build context, builds, vets and tests it with an empty module
// cache, and prints what that downloads. It fails where a context downloads
// more than the bound, so that heavy tools stay out of the functions' builds.
//
//	go run ./deploy/contexts [-max-mib 40] [stack files]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"prewarm/deploy/buildcontext"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "contexts:", err)
		os.Exit(1)
	}
}

// run checks every function and reports all that fail.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("contexts", flag.ContinueOnError)
	maxMiB := flags.Float64("max-mib", 40, "the most that one context may download, in MiB")
	if err := flags.Parse(args); err != nil {
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

func checkAll(ctx context.Context, functions []buildcontext.Function, bound int64, out io.Writer) error {
	proxy, err := localProxy(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range functions {
		r, err := check(ctx, f, proxy)
		if err == nil {
			fmt.Fprintln(out, r)
			err = r.within(bound)
		}
		errs = append(errs, err)
	}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool { return err == nil })...)
}
