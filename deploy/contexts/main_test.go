package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// enter writes a root module with one function that needs nothing from outside.
func enter(t *testing.T, test string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for path, text := range map[string]string{
		"stack.yml": "provider: {name: openfaas}\nconfiguration: {copy: [go.mod]}\n" +
			"functions:\n  hello: {lang: plain, handler: ./hello, image: hello}\n",
		"template/plain/go.mod":  "module handler\n\ngo 1.26.0\n",
		"template/plain/go.work": "go 1.26.0\n\nuse (\n\t.\n\t./function\n)\n",
		"template/plain/main.go": "package main\n\nimport function \"prewarm\"\n\nfunc main() { print(function.Text()) }\n",
		"go.mod":                 "module prewarm\n\ngo 1.26.0\n",
		"hello/hello.go":         "package hello\n\nfunc Text() string { return \"hello\" }\n",
		"hello/hello_test.go":    "package hello\n\nimport \"testing\"\n\nfunc TestText(t *testing.T) {\n\t" + test + "\n}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAGoodContextIsReported(t *testing.T) {
	enter(t, `if Text() != "hello" { t.Error() }`)
	var out bytes.Buffer
	if err := run(t.Context(), []string{"stack.yml"}, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "hello      context   6 files") || !strings.Contains(got, "downloads  0 modules") {
		t.Errorf("got %q", got)
	}
}

func TestAContextWhoseTestsOrVetFailIsRefused(t *testing.T) {
	for want, test := range map[string]string{
		"go test": `t.Error("wrong word")`,
		"go vet":  `t.Errorf("%d", Text())`,
	} {
		enter(t, test)
		err := run(t.Context(), []string{"stack.yml"}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "hello") {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestDownloadsAreCountedAndBounded(t *testing.T) {
	cache := t.TempDir()
	for name, bytes := range map[string]int{
		"example.org/small/@v/v1.0.0.zip":    10,
		"example.org/big/v2/@v/v2.1.0.zip":   3 * mib,
		"example.org/big/v2/@v/v2.1.0.mod":   9 * mib, // a go.mod is not an archive
		"example.org/other/@v/v0.1.0.zip":    20,
		"example.org/other/@v/v0.1.0.info":   5,
		"example.org/other/@v/v0.1.0.zip.md": 5,
	} {
		path := filepath.Join(cache, "cache", "download", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, bytes), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all, err := downloads(cache)
	if err != nil || len(all) != 3 || size(all) != 3*mib+30 || all[0].module != "example.org/big/v2@v2.1.0" {
		t.Fatalf("got %v, %v", all, err)
	}
	r := report{function: "hello", all: all}
	if err := r.within(4 * mib); err != nil {
		t.Error(err)
	}
	err = r.within(2 * mib)
	if err == nil || !strings.Contains(err.Error(), "hello downloads 3.0 MiB") || !strings.Contains(err.Error(), "example.org/big/v2@v2.1.0 (3.0 MiB)") {
		t.Errorf("got %v", err)
	}
}

func TestToolsAreRefusedAtAnySize(t *testing.T) {
	for _, module := range []string{"github.com/nats-io/nats-server/v2@v2.15.2", "k8s.io/api@v0.34.0", "github.com/!victoria!metrics/!victoria!metrics@v1.108.1", "google.golang.org/grpc@v1.84.0"} {
		r := report{function: "hello", all: []download{{module: "github.com/nats-io/nats.go@v1.55.0", bytes: 1}, {module: module, bytes: 1}}}
		if err := r.within(mib); err == nil || !strings.Contains(err.Error(), module) {
			t.Errorf("%s: got %v", module, err)
		}
	}
}

func TestAModuleCacheThatWasNeverUsedHasNoDownloads(t *testing.T) {
	if all, err := downloads(t.TempDir()); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
}

func TestNothingToBuildIsAnError(t *testing.T) {
	enter(t, "")
	if err := os.WriteFile("empty.yml", []byte("provider: {name: openfaas}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"empty.yml"}, &bytes.Buffer{}); err == nil {
		t.Error("no function was checked and there was no error")
	}
}

func TestHelpIsNoFailure(t *testing.T) {
	if err := run(t.Context(), []string{"-h"}, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}
