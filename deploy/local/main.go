// Local runs an OpenFaaS with the suite on this machine, without containers, and
// sends traffic to it until ctrl-C.
//
//	go run ./deploy/local up
//
// The working directory must be the root of the repository.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"prewarm/deploy/local/workload"
	"prewarm/shared/cli"
)

func main() { cli.Main("local", run) }

// run runs the only command, up.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) == 0 || args[0] != "up" {
		return errors.New("usage: local up [flags]; local up -h lists them")
	}
	return workload.Run(ctx, "local", "up", args[1:], out, log, func(ctx context.Context, o workload.Options, out io.Writer, logger *slog.Logger) error {
		return up(ctx, o, out, log, logger)
	})
}
