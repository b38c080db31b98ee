// Package replica runs the replicas of one function as operating system
// processes on this machine: it starts, probes, restarts, drains and stops
// them, lends them to requests, keeps their logs, and accounts their time.
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

// Spec says how a replica of a function is started and used.
type Spec struct {
	Function  string // name of the function
	Namespace string // namespace of the function
	Path      string // executable
	Dir       string // working directory, default: that of this process

	// Env is the environment of the deployment. The names that the platform
	// sets itself (see environ) win over it.
	Env map[string]string

	// SecretsDir holds one file per secret of the function.
	SecretsDir string

	// HealthPath answers 2xx once the replica can serve, default "/_/health".
	HealthPath string

	// SimulatedStartDelay makes every start of a replica take at least this
	// long. It imitates the image pull and scheduling of a cluster and is no
	// property of the function.
	SimulatedStartDelay time.Duration

	// MaxInflight bounds the requests that one replica serves at a time, 0: no bound.
	MaxInflight int

	// Grace bounds how long a replica that is being removed may finish its
	// requests before it gets SIGTERM, default 30 s.
	Grace time.Duration

	// Wake is the number of replicas started by a request that finds the
	// function scaled to zero, default 1.
	Wake int
}

// withDefaults returns the spec with its zero values replaced and its map cloned.
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

// environ returns the environment of one replica. Of this process's own
// environment only what programs need to run is handed on, so that
// credentials of the platform never reach a function. secret_mount_path is the
// name that the OpenFaaS SDK reads.
func (s Spec) environ(instance string, port int) []string {
	env := map[string]string{}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	maps.Copy(env, s.Env)
	env["handler_port"] = strconv.Itoa(port)
	env["host"] = "127.0.0.1"
	env["bind"] = "127.0.0.1" // as the suite's template calls it
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
