// Package kubernetes has the tests of the manifests, rules and dashboards in this
// folder. The programs that read them are in the modules check, chart and promql, so
// that the root module does not require the libraries of Kubernetes, Helm and Prometheus.
package kubernetes

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// built are the programs of this run of the tests, by folder, name and flags.
var built sync.Map

// program builds a command of the module in folder, unless it is up to date, and
// returns its path below .bin. It skips the test if the dependencies of the module
// cannot be downloaded.
func program(t *testing.T, folder, name string, flags ...string) string {
	t.Helper()
	key := strings.Join(append([]string{folder, name}, flags...), " ")
	if path, found := built.Load(key); found {
		return path.(string)
	}
	list := append([]string{"list", "-deps"}, flags...)
	if _, text, err := goCommand(folder, append(list, "./"+name)...); err != nil {
		if strings.Contains(text, "no required module") || strings.Contains(text, "go.sum") {
			t.Fatalf("%s: %s", folder, text)
		}
		t.Skipf("the modules of deploy/kubernetes/%s cannot be downloaded: %s", folder, text)
	}
	path, err := filepath.Abs(filepath.Join("..", "..", ".bin", strings.Join(append([]string{"kubernetes", folder, strings.Trim(name, ".")}, flags...), "-")))
	if err != nil {
		t.Fatal(err)
	}
	build := append([]string{"build", "-o", path}, flags...)
	if _, text, err := goCommand(folder, append(build, "./"+name)...); err != nil {
		t.Fatalf("build %s: %s", name, text)
	}
	built.Store(key, path)
	return path
}

// moduleFile returns the path of a file of a module at a version. It downloads the
// module if needed and skips the test if that fails.
func moduleFile(t *testing.T, module, file string) string {
	t.Helper()
	out, text, err := goCommand("check", "mod", "download", "-json", module)
	var info struct{ Dir, Error string }
	if jsonErr := json.Unmarshal([]byte(out), &info); err != nil || jsonErr != nil || info.Error != "" {
		t.Skipf("%s cannot be downloaded: %s %s", module, text, info.Error)
	}
	return filepath.Join(info.Dir, filepath.FromSlash(file))
}

// goCommand runs the go command in a module of this folder, without cgo.
func goCommand(folder string, args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	var out, text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &text
	err = cmd.Run()
	return out.String(), strings.TrimSpace(text.String()), err
}

// pipe runs a program on input.
func pipe(t *testing.T, path, input string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr), err
	}
	return string(out), err
}
