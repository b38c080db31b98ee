// Replay sends the calls of a trace to an OpenFaaS gateway in open loop. It reports
// latency, errors, cold starts and replica time.
//
//	go run ./deploy/replay -gateway URL -trace DIR -functions a,b,c -speed 60 -from MIN -minutes N -seed S [-csv OUT] [-json OUT]
//	go run ./deploy/replay -gateway URL -generate SEED -functions a,b,c
//
// The table goes to standard output, progress to standard error. An interrupt ends the
// replay early: calls in progress get the time of -drain, and the measurements so far
// are reported. The exit code is not 0 if no call succeeded.
package main

import (
	"context"
	"errors"
	"io"

	"prewarm/deploy/replay/openloop"
	"prewarm/shared/cli"
)

func main() { cli.Main("replay", run) }

// run is the program: arguments in, table to out, progress and usage to log.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parseOptions(args, log)
	if err != nil {
		return err
	}
	tr, err := o.open(log)
	if err != nil {
		return err
	}
	part, deployed, err := o.selection.Select(tr, o.replay.Plan.From, o.replay.Plan.Minutes)
	if err != nil {
		return err
	}
	o.replay.Trace, o.replay.Deployed = part, deployed
	report, err := replay(ctx, o.replay, log)
	if err != nil {
		return err
	}
	if err := report.WriteMarkdown(out); err != nil {
		return err
	}
	// The files are written even if no call succeeded: they say why.
	return errors.Join(o.write(report), report.Err())
}

// replay runs the replay and shows progress in minutes of the trace.
func replay(ctx context.Context, o openloop.Options, log io.Writer) (*openloop.Report, error) {
	// openloop.Run sets this default on its own copy of the options.
	minutes := o.Plan.Minutes
	if minutes == 0 {
		minutes = o.Trace.Minutes - o.Plan.From
	}
	bar := cli.NewBar(log, "replay, minutes", int64(minutes))
	defer bar.Done()
	o.Minute = func() { bar.Add(1) }
	return openloop.Run(ctx, o)
}

// write writes the report to the files of -csv and -json.
func (o options) write(report *openloop.Report) error {
	if o.csv != "" {
		if err := cli.WriteFile(o.csv, report.WriteCSV); err != nil {
			return err
		}
	}
	if o.json != "" {
		return cli.WriteFile(o.json, report.WriteJSON)
	}
	return nil
}
