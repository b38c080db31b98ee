package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/waits"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/atomicfile"
	"prewarm/shared/cli"
	"prewarm/shared/hpa"
	"prewarm/shared/trace"
)

// arm is one way to scale the workload functions of an experiment.
type arm struct {
	name        string
	annotations map[string]string
	env         map[string]string // of the functions
	max         int               // replicas of a function, 5 where it is 0
	idleSteps   int               // after which the gateway's idler releases a function, 0 for never

	// hpa makes the HPA of a function with these bounds, nil where there is none.
	// external adds the metric prewarm_wanted_replicas to CPU.
	hpa      func(minimum, maximum int) *hpa.Controller
	external bool
}

func (a arm) most() int { return cmp.Or(a.max, 5) }

// keepAliveSteps is how long the idler of the comparison keeps a function.
const keepAliveSteps = 10

// safetySteps is when the idler releases a function that prewarm does not.
const safetySteps = 60

// keepAliveAlone leaves functions to the gateway's idler.
func keepAliveAlone() arm {
	return arm{name: "keep-alive", annotations: map[string]string{"prewarm.mode": "off"}, idleSteps: keepAliveSteps}
}

// prewarmAlone leaves functions to the suite.
func prewarmAlone() arm {
	return arm{name: "prewarm", annotations: map[string]string{"prewarm.mode": "active"}, idleSteps: safetySteps}
}

// experiment replays the same traffic with each of its arms: learn minutes, in
// which all see the functions for the first time, then measure minutes.
type experiment struct {
	trace          *trace.Trace
	learn, measure int
	watched        bool // replicas and CPU are recorded; an arm with an HPA needs it
}

// outcome is what was measured of one arm.
type outcome struct {
	arm    string
	report *openloop.Report
	waits  waits.Waits
	record *record // nil where nothing was watched
}

// run measures one arm after the other, each on a fresh platform.
func (e experiment) run(ctx context.Context, o options, arms []arm, log *slog.Logger) ([]outcome, error) {
	var outcomes []outcome
	for _, a := range arms {
		result, err := e.measureArm(ctx, o, a, log)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		outcomes = append(outcomes, *result)
	}
	return outcomes, nil
}

func (e experiment) measureArm(ctx context.Context, o options, a arm, log *slog.Logger) (*outcome, error) {
	o.state = filepath.Join(o.state, a.name)
	if err := os.RemoveAll(o.state); err != nil {
		return nil, err
	}
	p, err := o.startPlatform(ctx, log)
	if err != nil {
		return nil, err
	}
	result, err := e.replay(ctx, o, p, a, log)
	return result, errors.Join(err, p.Close())
}

// replay deploys the functions, replays the part to learn from and the part to
// measure, and watches both where that is wanted.
func (e experiment) replay(ctx context.Context, o options, p *platform.Platform, a arm, log *slog.Logger) (*outcome, error) {
	names, err := o.deploy(ctx, p, e.trace, a)
	if err != nil {
		return nil, err
	}
	watching := func() (*record, error) { return nil, nil }
	if e.watched {
		if watching, err = o.watch(ctx, p, names, a, log); err != nil {
			return nil, err
		}
	}
	result, err := e.replayTwice(ctx, o, p, a, names)
	record, failure := watching()
	if err = errors.Join(err, failure); err != nil {
		return nil, err
	}
	result.record = record
	if record == nil {
		return result, nil
	}
	if err := atomicfile.Write(filepath.Join(o.state, "replicas.csv"), record.writeCSV); err != nil {
		return nil, err
	}
	return result, saveDecisions(ctx, p.GatewayURL(), filepath.Join(o.state, "decisions.csv"))
}

func (e experiment) replayTwice(ctx context.Context, o options, p *platform.Platform, a arm, names []string) (*outcome, error) {
	bar := cli.NewBar(os.Stderr, a.name, int64(e.learn+e.measure))
	defer bar.Done()
	tick := func() { bar.Add(1) }
	if _, err := openloop.Run(ctx, o.replayOptions(p, e.trace, names, 0, e.learn, tick)); err != nil {
		return nil, err
	}
	before, err := waits.Read(ctx, p.GatewayURL()+"/metrics", names)
	if err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	report, err := openloop.Run(ctx, o.replayOptions(p, e.trace, names, e.learn, e.measure, tick))
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case report.Total.Usage == nil:
		return nil, fmt.Errorf("the gateway's counters could not be read: %s", report.MetricsError)
	}
	after, err := waits.Read(ctx, p.GatewayURL()+"/metrics", names)
	return &outcome{arm: a.name, report: report, waits: after.Since(before)}, err
}
