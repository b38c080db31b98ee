package main

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"prewarm/deploy/buildcontext"
)

// source is one image that is to be built.
type source struct {
	name  string   // of the image, without registry and tag
	about string   // what it is, in a sentence without a full stop
	entry string   // path of the program in the image
	ports []string // that the program listens on
	env   map[string]string

	dir       string // of the main package; a build context of a function has a workspace
	workspace bool
}

// programs are the images beside the functions, with the names of their Dockerfiles and manifests.
var programs = []source{
	program("prewarm-connector", "deploy/connector/jetstream-connector", "Delivers the messages of prewarm to its functions", "8081"),
	program("prewarm-keda", "deploy/keda/external-scaler", "Tells KEDA and HPAs the replicas that prewarm has decided", "6000", "8081"),
	program("prewarm", "deploy/prewarm", "The command with which operators look at prewarm and steer it"),
}

// program returns the source of a main package. The program has the name of its folder.
func program(image, dir, about string, ports ...string) source {
	return source{name: image, about: about, entry: "/" + path.Base(dir), ports: ports, dir: dir}
}

// suite returns all images, and the tag that stack.yml gives to those of the functions. It
// makes the build contexts of the functions below work.
func suite(work string) (all []source, tag string, err error) {
	functions, err := buildcontext.Load("stack.yml")
	if err != nil {
		return nil, "", err
	}
	for _, f := range functions {
		ref, err := name.NewTag(f.Spec.Image)
		if err != nil {
			return nil, "", fmt.Errorf("stack.yml: image of %s must have the form REGISTRY/NAME:TAG, was: %q", f.Name, f.Spec.Image)
		}
		s, err := function(f, path.Base(ref.RepositoryStr()), buildcontext.Dirs{Build: work})
		if err != nil {
			return nil, "", err
		}
		all, tag = append(all, s), ref.TagStr()
	}
	return append(all, programs...), tag, nil
}

// port is the port at which OpenFaaS calls a function.
//
// Source: https://docs.openfaas.com/reference/workloads/
const port = "8080"

// watchdogOnly are the variables in the ENV of the template that set up of-watchdog.
var watchdogOnly = []string{"mode", "fprocess", "upstream_url", "ready_path", "bind", "prefix_logs", "exec_timeout"}

// function returns the source of a function. The image of the template has of-watchdog, which
// passes the calls on to the program. Here the program itself serves them, at the port and
// with the health paths that OpenFaaS asks for, and has the same timeouts.
func function(f buildcontext.Function, image string, d buildcontext.Dirs) (source, error) {
	env, err := f.Environment(d)
	if err != nil {
		return source{}, err
	}
	maps.DeleteFunc(env, func(key, _ string) bool { return slices.Contains(watchdogOnly, key) })
	env["handler_port"] = port
	dir, err := f.Create(d)
	if err != nil {
		return source{}, err
	}
	about := "Function " + f.Name + " of prewarm, which starts replicas of OpenFaaS functions before the calls arrive"
	return source{name: image, about: about, entry: "/handler", ports: []string{port}, env: env, dir: dir, workspace: true}, nil
}

// compile builds the program for a platform into the file binary. Variables of the user's
// environment that change the program have the defaults of Go.
func (s source) compile(ctx context.Context, p v1.Platform, binary string) error {
	env := []string{
		"GOOS=" + p.OS, "GOARCH=" + p.Architecture, "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFIPS140=off",
	}
	if !s.workspace {
		env = append(env, "GOWORK=off")
	}
	if err := buildcontext.Compile(ctx, s.dir, env, binary); err != nil {
		return fmt.Errorf("build %s for %s: %w", s.name, p, err)
	}
	return nil
}
