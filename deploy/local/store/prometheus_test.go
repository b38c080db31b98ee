package store

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// errNoPrometheus means that no prometheus program is installed.
var errNoPrometheus = errors.New("store: no prometheus on PATH")

// launchPrometheus starts Prometheus with the options of a store, for tests against both
// stores. If Binary is empty, the program is searched on PATH; the error is
// errNoPrometheus if there is none.
func launchPrometheus(ctx context.Context, options Options) (*Store, error) {
	if options.Binary == "" {
		path, err := exec.LookPath("prometheus")
		if err != nil {
			return nil, errNoPrometheus
		}
		options.Binary = path
	}
	p, err := prepare(options, milliseconds(discoveryPeriod))
	if err != nil {
		return nil, fmt.Errorf("start prometheus: %w", err)
	}
	c, err := startChild(ctx, "prometheus", "http://"+p.address+"/-/ready", p.Logger,
		p.Binary,
		"--web.listen-address="+p.address,
		"--storage.tsdb.path="+p.data,
		"--config.file="+p.config,
		fmt.Sprintf("--storage.tsdb.retention.time=%dd", days(p.Retention)),
		"--log.level=warn",
	)
	if err != nil {
		return nil, err
	}
	return &Store{address: p.address, child: c}, nil
}
