// Experiment replays the same traffic on the local platform with several ways to
// scale the functions, and prints what was measured of each. It also measures the chain
// itself, with thousands of functions.
//
//	go run ./deploy/experiment demo      keep-alive of the gateway, and prewarm
//	go run ./deploy/experiment compare   an HPA, prewarm, and an HPA with prewarm
//	go run ./deploy/experiment summary   the comparisons of several seeds, with intervals
//	go run ./deploy/experiment verify    the savings page, and a count of its own
//	go run ./deploy/experiment bench     what a step of the chain takes and costs, by functions
//
// The working directory must be the root of the repository.
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"prewarm/deploy/experiment/bench"
	"prewarm/deploy/local/workload"
	"prewarm/shared/cli"
)

func main() { cli.Main("experiment", run) }

// run runs the command that the first argument names.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	if text := os.Getenv(bench.NATSKey); text != "" {
		return bench.RunNATS(ctx, text) // this process is a part of the bench
	}
	if len(args) > 0 && args[0] == "bench" {
		return measureChain(ctx, args[1:], out, log)
	}
	if len(args) > 0 && args[0] == "summary" {
		return summarise(ctx, args[1:], out, log)
	}
	commands := map[string]workload.Command{"demo": demo, "compare": compare, "verify": verify}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("usage: experiment demo|compare|summary|verify|bench [flags]; experiment demo -h lists them")
	}
	return workload.Run(ctx, "experiment", args[0], args[1:], out, log, commands[args[0]])
}
