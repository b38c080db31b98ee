package main

import (
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prewarm/deploy/buildcontext"
)

// TestContextsCopyWhatTheFunctionsImport compares configuration.copy of each stack
// file with the packages that its functions, their tests and the template import.
// Programs for training, evaluation and simulation must not travel with a function.
func TestContextsCopyWhatTheFunctionsImport(t *testing.T) {
	t.Chdir("../..")
	for _, file := range []string{"stack.yml", filepath.Join("deploy", "local", "workload.yml")} {
		functions, err := buildcontext.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		var handlers []string
		for _, f := range functions {
			handlers = append(handlers, filepath.Clean(f.Spec.Handler))
		}
		imported := imports(t, handlers, filepath.Join("template", functions[0].Spec.Language, "main.go"))
		copied := packages(t, functions[0].Copy)
		for _, dir := range slices.Sorted(maps.Keys(imported)) {
			if !copied[dir] {
				t.Errorf("%s: configuration.copy must contain %s, which a function imports", file, dir)
			}
		}
		for _, dir := range slices.Sorted(maps.Keys(copied)) {
			if !imported[dir] {
				t.Errorf("%s: configuration.copy contains %s, which no function imports", file, dir)
			}
		}
	}
}

// imports returns the directories of the project's packages that the handlers, with
// their tests, and the template need, without the handlers themselves.
func imports(t *testing.T, handlers []string, template string) map[string]bool {
	t.Helper()
	dirs := map[string]bool{}
	var paths []string
	for _, h := range handlers {
		paths = append(paths, "./"+h)
	}
	for _, line := range append(golist(t, append([]string{"-deps", "-test"}, paths...)...), templateImports(t, template)...) {
		dir, own := strings.CutPrefix(strings.Fields(line)[0], "prewarm/")
		if own && !strings.HasSuffix(dir, ".test") && !slices.Contains(handlers, strings.TrimSuffix(dir, "_test")) {
			dirs[dir] = true
		}
	}
	return dirs
}

// templateImports returns what the entry point of the template needs. It imports the
// handler as the root of the module, which is not a package here, and is left out.
func templateImports(t *testing.T, template string) []string {
	t.Helper()
	var all []string
	for _, line := range golist(t, "-f", `{{join .Imports "\n"}}`, template) {
		if strings.HasPrefix(line, "prewarm/") {
			all = append(all, golist(t, "-deps", line)...)
		}
	}
	return all
}

// packages returns the directories of the Go packages that the copied paths hold.
func packages(t *testing.T, copied []string) map[string]bool {
	t.Helper()
	dirs := map[string]bool{}
	for _, path := range copied {
		switch {
		case filepath.Ext(path) == ".go":
			dirs[filepath.Dir(path)] = true
		case filepath.Ext(path) == "":
			for _, line := range golist(t, "./"+path+"/...") {
				dirs[strings.TrimPrefix(line, "prewarm/")] = true
			}
		}
	}
	return dirs
}

// golist returns the lines of go list.
func golist(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-e"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
