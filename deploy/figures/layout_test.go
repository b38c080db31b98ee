package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// listed is a package as go list prints it.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string // of tests in the package
	XTestImports []string // of tests in package NAME_test
}

// dir returns the directory of the package below the root of the repository.
func (p listed) dir() string { return strings.TrimPrefix(p.ImportPath, "prewarm/") }

// TestDependenciesPointOneWay checks the direction of imports that shared/README.md
// draws: programs use adapters and domain, which use the messages.
func TestDependenciesPointOneWay(t *testing.T) {
	adapters := []string{"shared/bus", "shared/prometheus", "shared/openfaas"}
	numerical := []string{"shared/nn", "shared/forest"}
	domain := []string{"shared/forecast", "shared/policy", "shared/score", "shared/hpa", "shared/capacity", "shared/trace", "shared/simulate", "shared/schedule"}
	for _, p := range list(t) {
		for _, imported := range p.Imports {
			to, own := strings.CutPrefix(imported, "prewarm/")
			from := p.dir()
			switch {
			case !own:
				if below(from, numerical...) && !strings.HasPrefix(imported, "gonum.org/v1/gonum/") && strings.Contains(first(imported), ".") {
					t.Errorf("%s is numerical and may import gonum and the standard library only, not %s", from, imported)
				}
			case below(from, "shared") && !below(to, "shared"),
				below(from, "functions") && !below(to, "shared", "models", first2(from)),
				below(from, "models") && below(to, "functions", "deploy"),
				below(from, numerical...) && !below(to, "shared/nn", "shared/modelfile"),
				below(from, domain...) && below(to, adapters...),
				below(from, adapters...) && below(to, adapters...) && first2(from) != first2(to),
				below(from, "shared/series", "shared/config", "shared/modelfile", "shared/score"),
				below(from, "shared/event") && !below(to, "shared/series", "shared/config"),
				below(from, "functions") && below(to, "shared/cli", "shared/trace", "shared/simulate", "shared/loadtest", "models/train"):
				t.Errorf("%s must not import %s", from, to)
			}
		}
	}
}

// TestTestsOfSharedStandAlone checks that tests of shared need neither functions nor
// deploy: a test of several parts belongs in the package that joins them.
func TestTestsOfSharedStandAlone(t *testing.T) {
	for _, p := range list(t) {
		for _, imported := range append(p.TestImports, p.XTestImports...) {
			if to := strings.TrimPrefix(imported, "prewarm/"); below(p.dir(), "shared") && below(to, "functions", "deploy") {
				t.Errorf("tests of %s must not import %s", p.dir(), to)
			}
		}
	}
}

// TestFoldersAreAtMostThreeLevelsDeep keeps the packages of shared in rooms.
func TestFoldersAreAtMostThreeLevelsDeep(t *testing.T) {
	for _, p := range list(t) {
		if below(p.dir(), "shared") && strings.Count(p.dir(), "/") > 2 {
			t.Errorf("%s lies below three levels of folders", p.dir())
		}
	}
}

// TestSharedReadmeListsItsPackages compares the rows of the table in
// shared/README.md with the packages below shared.
func TestSharedReadmeListsItsPackages(t *testing.T) {
	text, err := os.ReadFile("../../shared/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z/0-9]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, path.Join("shared", m[1]))
	}
	var packages []string
	for _, p := range list(t) {
		if below(p.dir(), "shared") {
			packages = append(packages, p.dir())
		}
	}
	slices.Sort(rows)
	slices.Sort(packages)
	for _, missing := range difference(packages, rows) {
		t.Errorf("shared/README.md has no row for %s", missing)
	}
	for _, extra := range difference(rows, packages) {
		t.Errorf("shared/README.md has a row for %s, which is not there or stands twice", extra)
	}
}

// TestSharedReadmeNamesFilesThatExist checks the paths in the answers of
// shared/README.md.
func TestSharedReadmeNamesFilesThatExist(t *testing.T) {
	text, err := os.ReadFile("../../shared/README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z./]+\\.(?:go|html))`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 10 {
		t.Fatalf("shared/README.md must name the files to open, named: %d", len(named))
	}
	for _, m := range named {
		if _, err := os.Stat(path.Join("../../shared", m[1])); err != nil {
			t.Errorf("shared/README.md names %s: %v", m[1], err)
		}
	}
}

// difference returns what a holds more often than b.
func difference(a, b []string) []string {
	b = slices.Clone(b)
	var rest []string
	for _, s := range a {
		if i := slices.Index(b, s); i >= 0 {
			b = slices.Delete(b, i, i+1)
		} else {
			rest = append(rest, s)
		}
	}
	return rest
}

// below reports whether a directory is one of the folders or lies in one.
func below(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return dir == f || strings.HasPrefix(dir, f+"/") })
}

func first(importPath string) string {
	head, _, _ := strings.Cut(importPath, "/")
	return head
}

// first2 returns the first two elements of a directory: shared and a package.
func first2(dir string) string {
	return strings.Join(strings.Split(dir, "/")[:2], "/")
}

// list returns the packages of the module.
func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "prewarm/...").Output()
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
		t.Fatalf("go list found only %d packages", len(packages))
	}
	return packages
}
