// Package replica runs the replicas of a function as operating system processes on
// this machine. A Pool starts, probes, restarts, drains and stops them, assigns them
// to requests, keeps their logs, and measures their time. A Launcher starts the
// processes of all pools.
//
// A replica takes these steps:
//
//	start   a process on a free port, with an environment of its own
//	probe   until its health path answers and the simulated start delay is over
//	ready   it takes requests, as a Lease each, below its concurrency limit
//	suspect a connection to it has failed: no requests until it answers a probe
//	crash   the process has ended: it is started again, after a growing pause
//	retire  the desired count has fallen or the spec has changed: no new requests
//	drain   it finishes its requests within the grace time, then gets SIGTERM
//
// Time is measured in replica-seconds: a replica is ready or busy, and idle time is the
// difference.
package replica

import (
	"maps"
	"os"
	"strconv"
	"time"
)

const (
	defaultHealthPath = "/_/health"
	defaultGrace      = 30 * time.Second
)

// Spec describes how a replica of a function is started and used.
type Spec struct {
	Function  string // name of the function
	Namespace string // namespace of the function
	Path      string // executable
	Dir       string // working directory, default: that of this process

	// Env is the environment of the deployment. Variables that the platform sets
	// itself (see environ) take precedence.
	Env map[string]string

	// SecretsDir holds one file per secret of the function.
	SecretsDir string

	// HealthPath answers 2xx once the replica can serve, default "/_/health".
	HealthPath string

	// LivenessPeriod is the time between two probes of the health path once LivenessDelay has
	// passed since the start, 0 for none. If several fail in a row, the replica is started again.
	LivenessPeriod, LivenessDelay time.Duration

	// MemoryLimit is the memory above which a replica is killed, in bytes; 0: no limit. It is
	// looked at every second, and on Linux alone.
	MemoryLimit int64

	// MaxProcs is the GOMAXPROCS of a replica whose environment has none, 0 for the default of Go.
	MaxProcs int

	// SimulatedStartDelay makes every start of a replica take at least this
	// long. It imitates the image pull and the scheduling of a cluster.
	SimulatedStartDelay time.Duration

	// MaxInflight bounds the requests that one replica serves at a time, 0: no bound.
	MaxInflight int

	// Grace bounds how long a replica that is being removed may finish its
	// requests before it gets SIGTERM, default 30 s.
	Grace time.Duration

	// Wake is the desired count that a request sets if it finds the function scaled
	// to zero, default 1.
	Wake int
}

// withDefaults returns the spec with defaults for zero values, and a copy of its map.
func (s Spec) withDefaults() Spec {
	s.Env = maps.Clone(s.Env)
	if s.HealthPath == "" {
		s.HealthPath = defaultHealthPath
	}
	if s.Grace <= 0 {
		s.Grace = defaultGrace
	}
	s.Wake = max(1, s.Wake)
	return s
}

// environ returns the environment of one replica. From the environment of this
// process it takes only what any program needs, so that credentials of the platform
// never reach a function. The OpenFaaS SDK reads secret_mount_path.
func (s Spec) environ(instance string, port int) []string {
	env := map[string]string{}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	if s.MaxProcs > 0 {
		env["GOMAXPROCS"] = strconv.Itoa(s.MaxProcs)
	}
	maps.Copy(env, s.Env)
	// The variables of the platform follow, so that a deployment cannot move its replica
	// to another port or to other secrets.
	env["handler_port"] = strconv.Itoa(port)
	env["host"] = "127.0.0.1"
	env["bind"] = "127.0.0.1" // the name that the suite's template reads
	// A pool stops sending requests before SIGTERM, so that a replica need not wait for more.
	env["healthcheck_interval"] = "0s"
	env["HOSTNAME"] = instance
	env["OPENFAAS_NAME"] = s.Function
	env["OPENFAAS_NAMESPACE"] = s.Namespace
	env["secrets_dir"] = s.SecretsDir
	env["secret_mount_path"] = s.SecretsDir

	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}
