package main

import (
	"context"
	"fmt"
	"io"

	"prewarm/deploy/experiment/bench"
	"prewarm/shared/cli"
)

// measureChain measures the whole chain for several numbers of functions, and prints what each
// step took and cost.
func measureChain(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := bench.Parse(args, log)
	if err != nil {
		return err
	}
	results, err := bench.Run(ctx, o, log)
	if len(results) == 0 {
		return err
	}
	// Also after an interrupt: the sizes that are complete are worth to be read.
	if failure := writeAligned(out, bench.Table(results)); err == nil {
		err = failure
	}
	fmt.Fprintln(out, "\nexponent: k of cost = a * functions^k, 1 for a cost that is linear; ratio: cost per function, last size over the one before.")
	if o.Out != "" {
		if failure := cli.WriteFile(o.Out, func(w io.Writer) error { return bench.WriteJSON(w, results) }); err == nil {
			err = failure
		}
	}
	return err
}
