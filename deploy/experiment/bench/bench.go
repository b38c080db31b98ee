//go:build unix

// Package bench measures the whole chain: NATS, the store, the connector and the suite are
// processes, and the gateway has as many functions as a flag says. For each number of functions
// it starts a fresh chain with a history, lets it run for some steps, and reports when the last
// scale call of each step came, and what a step costs.
//
//	options.go      the flags
//	chain.go        the parts of one chain
//	connectors.go   JetStream connector and cron
//	nats.go         NATS in a process of its own
//	storeproxy.go   counts what the store answers
//	observe.go      the messages of the chain
//	steps.go        which step each decision and scale call belongs to
//	usage.go        CPU time and memory of the parts
//	measure.go      one measurement
//	result.go       what was measured
//	fit.go          how costs grow with the functions
//	report.go       the table, and the results as JSON
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"prewarm/shared/cli"
)

// Run measures all sizes, one after the other, and returns the results in the order of their
// functions. Progress and the log of the parts go to log. Nothing is left when it returns.
func Run(ctx context.Context, o Options, log io.Writer) ([]*Result, error) {
	output, level := io.Discard, slog.LevelError
	if o.Verbose {
		output, level = log, slog.LevelWarn
	}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level}))
	var results []*Result
	for _, size := range o.Sizes {
		r, err := o.run(ctx, size, logger, output, log)
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err() // the interrupt, not the operation that it interrupted
			}
			return results, fmt.Errorf("%d functions: %w", size.Functions, err)
		}
		results = append(results, r)
	}
	slices.SortStableFunc(results, func(a, b *Result) int { return cmp.Compare(a.Functions, b.Functions) })
	return results, nil
}

// run measures one size.
func (o Options) run(ctx context.Context, size Size, logger *slog.Logger, output, progress io.Writer) (*Result, error) {
	fmt.Fprintf(progress, "%d functions, step %v: starting, with %d steps of history.\n", size.Functions, size.Step, o.History)
	c, err := start(ctx, o, size, logger, output)
	if err != nil {
		return nil, err
	}
	bar := cli.NewBar(progress, fmt.Sprintf("%d functions", size.Functions), int64(size.Steps))
	defer bar.Done()
	r, err := c.measure(ctx, func() { bar.Add(1) })
	return r, errors.Join(err, c.close())
}
