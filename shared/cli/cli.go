// Package cli is the common part of the command-line programs: signals, errors and
// exit codes (Main), flags (Parse), progress (Bar), files (WriteFile), and reading of
// traces (TraceReader). Functions do not use it.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes. Shells expect 130 of a program that SIGINT has ended.
const (
	exitFailed      = 1
	exitInterrupted = 128 + int(syscall.SIGINT)
)

// Func is a program: arguments without its name in, results to out, progress
// and usage to log. It ends early with the error of ctx.
type Func func(ctx context.Context, args []string, out, log io.Writer) error

// Parse parses the flags of a program that takes no other arguments. It prints the
// usage for -h. It does not print errors, since Run does: package flag alone would
// print them a second time.
func Parse(flags *flag.FlagSet, args []string) error {
	out := flags.Output()
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	flags.SetOutput(out)
	if errors.Is(err, flag.ErrHelp) {
		flags.Usage()
	}
	if err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument: %q", flags.Arg(0))
	}
	return nil
}

// Main runs a program and ends the process with its exit code. The first SIGINT or
// SIGTERM cancels the program's context, the second one ends the process at once.
func Main(name string, run Func) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(Run(ctx, name, run, os.Args[1:], os.Stdout, os.Stderr))
}

// Run runs a program, writes its error to log, and returns the exit code: 0 without
// an error and for -h, 130 after an interrupt, otherwise 1.
func Run(ctx context.Context, name string, run Func, args []string, out, log io.Writer) int {
	err := run(ctx, args, out, log)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(log, "%s: interrupted: %v\n", name, err)
		return exitInterrupted
	}
	fmt.Fprintf(log, "%s: %v\n", name, err)
	return exitFailed
}
