package buildcontext

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// newFunction does what "faas-cli new NAME --lang LANG --handler DIR --append stack.yml" does
// after its checks: it copies the folder that template.yml names into the handler's, and
// appends the function to the stack file. faas-cli does not report a folder that is missing.
//
// Source: runNewFunction in commands/new_function.go of openfaas/faas-cli.
func newFunction(t *testing.T, name, lang, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("template", lang, "template.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Folder string `yaml:"handler_folder"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("template", lang, cmp.Or(template.Folder, "function")))); err != nil {
		t.Fatal(err)
	}
	stack, err := os.OpenFile("stack.yml", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	if _, err := fmt.Fprintf(stack, "  %s:\n    lang: %s\n    handler: ./%s\n    image: %s:latest\n\n", name, lang, dir, name); err != nil {
		t.Fatal(err)
	}
}

// enterCheckout works in a directory with what a build of the repository reads. Its stack file
// is a copy, and functions can be added.
func enterCheckout(t *testing.T) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, path := range []string{"go.mod", "go.sum", "models", "shared", "template", "functions/dashboard"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, path), path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "stack.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, "stack.yml", string(text))
}

func TestANewFunctionIsBuiltAndAnswers(t *testing.T) {
	enterCheckout(t)
	newFunction(t, "hello", "prewarm-go", "functions/hello")
	functions, err := Load("stack.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions {
		if f.Name == "hello" {
			checkHello(t, f)
			return
		}
	}
	t.Fatal("the stack file lacks the new function")
}

// checkHello runs the commands of the template's Dockerfile, and calls the program.
func checkHello(t *testing.T, f Function) {
	t.Helper()
	dir, err := f.Create(Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"vet", ".", "./function"}, {"test", "./function"}} {
		if err := Go(t.Context(), dir, nil, args...); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(t.TempDir(), "handler")
	if err := Compile(t.Context(), dir, nil, program); err != nil {
		t.Fatal(err)
	}
	res, err := http.Post("http://"+serveProgram(t, program), "text/plain", strings.NewReader("Ada"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if answer, err := io.ReadAll(res.Body); err != nil || string(answer) != "Hello, Ada\n" {
		t.Errorf("got %d %q, %v", res.StatusCode, answer, err)
	}
}

// serveProgram starts the program of a function until the test ends, and returns its address,
// which its log names.
func serveProgram(t *testing.T, program string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = []string{"bind=127.0.0.1", "handler_port=0"}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct{ Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Address != "" {
			return line.Address
		}
	}
	t.Fatalf("the program did not serve: %v", lines.Err())
	return ""
}

// TestHandlersReplaceThoseOfTheTemplate: a build copies the template first, with its function
// folder, and then the handler over it. A file that stays would be of another package.
func TestHandlersReplaceThoseOfTheTemplate(t *testing.T) {
	for name, f := range suite(t) {
		files, err := os.ReadDir(filepath.Join("template", f.Spec.Language, "function"))
		if err != nil || len(files) == 0 {
			t.Fatalf("template %s has no function folder: %v", f.Spec.Language, err)
		}
		for _, file := range files {
			if _, err := os.Stat(filepath.Join(f.Spec.Handler, file.Name())); err != nil {
				t.Errorf("%s must have a file %s, which replaces that of the template", name, file.Name())
			}
		}
	}
}
