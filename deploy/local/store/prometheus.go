package store

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// ErrNoPrometheus means that no prometheus program is installed.
var ErrNoPrometheus = errors.New("store: no prometheus on PATH")

// StartPrometheus starts Prometheus with the same options, for tests against both
// stores. If Binary is empty, the program is searched on PATH; the error is
// ErrNoPrometheus if there is none.
func StartPrometheus(ctx context.Context, options Options) (*Store, error) {
	if options.Binary == "" {
		path, err := exec.LookPath("prometheus")
		if err != nil {
			return nil, ErrNoPrometheus
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
