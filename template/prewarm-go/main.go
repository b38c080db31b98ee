// Command handler runs one function. The function's package wires it from the
// environment; package serve is the HTTP entry point that all functions share.
package main

import (
	"context"
	"log/slog"
	"os"

	function "prewarm"
	"prewarm/shared/serve"
)

func main() {
	slog.SetDefault(serve.NewLogger(os.Stderr, os.Getenv))
	if err := run(); err != nil {
		slog.Error("function ended", "error", err)
		os.Exit(1)
	}
}

// run serves the function until SIGTERM and ends its context after the last answer.
func run() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f, err := function.New(ctx, os.Getenv)
	if err != nil {
		return err
	}
	return serve.Main(ctx, os.Getenv, f)
}
