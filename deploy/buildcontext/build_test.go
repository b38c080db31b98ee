package buildcontext

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// project is a root module with a template and two functions that need nothing
// from outside.
var project = map[string]string{
	"stack.yml": `
provider: {name: openfaas}
configuration: {copy: [go.mod, shared]}
functions:
  hello: {lang: plain, handler: ./functions/hello, image: "${REGISTRY:-example.org}/hello:1"}
  world: {lang: plain, handler: ./functions/world, image: "example.org/world:1"}
  elsewhere: {image: "example.org/ready-made:1"}
`,
	"template/plain/template.yml": "language: plain\n",
	"template/plain/go.mod":       "module handler\n\ngo 1.26.0\n",
	"template/plain/go.work":      "go 1.26.0\n\nuse (\n\t.\n\t./function\n)\n",
	"template/plain/main.go":      "package main\n\nimport function \"prewarm\"\n\nfunc main() { print(function.Text()) }\n",
	"go.mod":                      "module prewarm\n\ngo 1.26.0\n",
	"shared/greet/greet.go":       "package greet\n\nconst Word = \"good morning \"\n",
	"functions/hello/hello.go":    "package hello\n\nimport \"prewarm/shared/greet\"\n\nfunc Text() string { return greet.Word + \"hello\" }\n",
	"functions/world/world.go":    "package world\n\nimport \"prewarm/shared/greet\"\n\nfunc Text() string { return greet.Word + \"world\" }\n",
}

// enter writes the project into a new directory and works in it.
func enter(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for path, text := range project {
		write(t, path, text)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T) map[string]Image {
	t.Helper()
	images, err := Build(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Image{}
	for _, image := range images {
		byName[image.Name] = image
	}
	return byName
}

func output(t *testing.T, image Image) string {
	t.Helper()
	out, err := exec.Command(image.Binary).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestEveryFunctionBecomesAProgram(t *testing.T) {
	enter(t)
	t.Setenv("REGISTRY", "registry.example")
	t.Setenv("GOWORK", "off") // a user's own workspace settings do not matter
	images := build(t)
	if len(images) != 2 {
		t.Fatalf("two functions have a language, got %v", images)
	}
	if got := output(t, images["hello"]); got != "good morning hello" {
		t.Errorf("hello answered %q", got)
	}
	if got := output(t, images["world"]); got != "good morning world" {
		t.Errorf("world answered %q", got)
	}
	if got := images["hello"].Spec.Image; got != "registry.example/hello:1" {
		t.Errorf("image %q", got)
	}
}

func TestTheContextIsWhatFaasCliMakes(t *testing.T) {
	enter(t)
	build(t)
	for _, path := range []string{
		"main.go", "go.work", "function/hello.go", "function/go.mod", "function/shared/greet/greet.go",
	} {
		if _, err := os.Stat(filepath.Join("build", "hello", path)); err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(filepath.Join("build", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 5 {
		t.Errorf("a program in the context would travel into the image: %v", entries)
	}
}

func TestOnlyWhatChangedIsBuiltAgain(t *testing.T) {
	enter(t)
	build(t)
	for name, image := range build(t) {
		if image.Fresh {
			t.Errorf("%s was built again though nothing changed", name)
		}
	}
	write(t, "functions/world/world.go", "package world\n\nfunc Text() string { return \"new world\" }\n")
	images := build(t)
	if images["hello"].Fresh || !images["world"].Fresh || output(t, images["world"]) != "new world" {
		t.Errorf("only world has changed: %v", images)
	}
	write(t, "shared/greet/greet.go", "package greet\n\nconst Word = \"good evening \"\n")
	images = build(t)
	if !images["hello"].Fresh || !images["world"].Fresh || output(t, images["hello"]) != "good evening hello" {
		t.Errorf("shared has changed: %v", images)
	}
}

func TestLostFilesAreBuiltAgain(t *testing.T) {
	enter(t)
	images := build(t)
	if err := os.Remove(images["hello"].Binary); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join("build", "world")); err != nil {
		t.Fatal(err)
	}
	for name, image := range build(t) {
		if !image.Fresh {
			t.Errorf("%s had lost a part and was not built again", name)
		}
	}
}

func TestABrokenFunctionFailsEveryTimeAndNamesTheLine(t *testing.T) {
	enter(t)
	build(t)
	write(t, "functions/world/world.go", "package world\n\nfunc Text() string { return 7 }\n")
	for range 2 {
		_, err := Build(t.Context(), Options{})
		if err == nil || !strings.Contains(err.Error(), "build world") || !strings.Contains(err.Error(), "world.go:3") {
			t.Fatalf("got %v", err)
		}
	}
	write(t, "functions/world/world.go", project["functions/world/world.go"])
	if got := output(t, build(t)["world"]); got != "good morning world" {
		t.Errorf("repaired, it answered %q", got)
	}
}

func TestBuildsInOneDirectoryWaitForEachOther(t *testing.T) {
	enter(t)
	build(t)
	lock := flock.New(filepath.Join("build", binDir, "lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Build(ctx, Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the lock was held, got %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	build(t)
}

func TestStackFilesAreChecked(t *testing.T) {
	head := "provider: {name: openfaas}\nfunctions:\n  "
	for want, text := range map[string]string{
		"must not be a path":      head + "../x: {lang: plain, handler: ./x, image: a}",
		"lang must name":          head + "x: {lang: ../plain, handler: ./x, image: a}",
		"handler must be set":     head + "x: {lang: plain, image: a}",
		"image must be set":       head + "x: {lang: plain, handler: ./x}",
		"provider.name":           "provider: {name: other}",
		"read stack file bad.yml": "{",
	} {
		t.Chdir(t.TempDir())
		write(t, "bad.yml", text)
		if _, err := Build(t.Context(), Options{StackFiles: []string{"bad.yml"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestAFunctionInTwoStackFilesIsRefused(t *testing.T) {
	enter(t)
	_, err := Build(t.Context(), Options{StackFiles: []string{"stack.yml", "stack.yml"}})
	if err == nil || !strings.Contains(err.Error(), "another stack file") {
		t.Errorf("got %v", err)
	}
}

func TestACopyThatIsMissingIsNamed(t *testing.T) {
	enter(t)
	if err := os.RemoveAll("shared"); err != nil {
		t.Fatal(err)
	}
	if _, err := Build(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "shared") {
		t.Errorf("got %v", err)
	}
}
