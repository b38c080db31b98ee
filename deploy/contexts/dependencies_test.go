package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

// TestDependenciesPointOneWay holds the rule of the design: functions, deploy
// and programs use adapters and domain, which use series and event.
func TestDependenciesPointOneWay(t *testing.T) {
	adapters := []string{"prewarm/shared/bus", "prewarm/shared/prometheus", "prewarm/shared/openfaas"}
	for _, p := range list(t) {
		for _, imported := range p.Imports {
			switch {
			case below(p.ImportPath, "prewarm/shared") && below(imported, "prewarm/functions", "prewarm/models", "prewarm/deploy"),
				below(p.ImportPath, "prewarm/functions") && below(imported, "prewarm/functions", "prewarm/deploy"),
				below(p.ImportPath, "prewarm/models") && below(imported, "prewarm/functions", "prewarm/deploy"),
				slices.Contains(adapters, p.ImportPath) && slices.Contains(adapters, imported),
				below(p.ImportPath, "prewarm/shared/series", "prewarm/shared/config") && below(imported, "prewarm"),
				below(p.ImportPath, "prewarm/shared/event") && below(imported, "prewarm") && imported != "prewarm/shared/series",
				below(p.ImportPath, "prewarm/shared/forecast", "prewarm/shared/policy", "prewarm/shared/trace") && (slices.Contains(adapters, imported) || imported == "prewarm/shared/prometheus/invocation"):
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			case below(p.ImportPath, "prewarm/shared/nn/lstm", "prewarm/shared/nn/dense", "prewarm/shared/forest", "prewarm/shared/nn/adam") && !numerical(imported):
				t.Errorf("%s is numerical and must import gonum, the standard library and their own kind only, not %s", p.ImportPath, imported)
			}
		}
	}
}

// numerical reports whether a numerical package may import path.
func numerical(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return below(path, "gonum.org/v1/gonum", "prewarm/shared/nn/adam", "prewarm/shared/modelfile") || (!strings.Contains(first, ".") && first != "prewarm")
}

func below(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "prewarm/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 20 {
		t.Fatalf("only %d packages were listed", len(packages))
	}
	return packages
}
