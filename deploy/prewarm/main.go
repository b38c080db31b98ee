// Prewarm is the command with which an operator looks at prewarm and steers it.
//
//	go run ./deploy/prewarm status
//	go run ./deploy/prewarm --help
//
// The exit code is 0 if all is well, 1 after an error and if doctor has findings, 2 if the
// arguments are wrong, and 130 after an interrupt. README.md beside this file has the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"prewarm/deploy/prewarm/text"
)

// Exit codes.
const (
	exitFine        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 128 + int(syscall.SIGINT)
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	p := &program{in: os.Stdin, out: os.Stdout, log: os.Stderr, getenv: os.Getenv, now: time.Now}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is one run of the command.
type program struct {
	in       io.Reader
	out, log io.Writer
	getenv   func(string) string
	now      func() time.Time

	flags   flags
	started bool // the arguments are right, and a subcommand works
}

// errFindings means that a subcommand has found something wrong, and has printed it.
var errFindings = errors.New("findings")

// errUsage means that a value of an argument is wrong, which only the subcommand can tell.
var errUsage = errors.New("usage")

// run runs the command and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFindings):
		return exitFailed
	case ctx.Err() != nil:
		fmt.Fprintln(p.log, "prewarm: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(p.log, "prewarm: "+text.Safe(err.Error()))
	if !p.started || errors.Is(err, errUsage) {
		fmt.Fprintln(p.log, "prewarm --help lists the subcommands and flags")
		return exitUsage
	}
	return exitFailed
}
