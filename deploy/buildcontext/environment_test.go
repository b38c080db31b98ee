package buildcontext

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheEnvironmentIsThatOfTheLastStage(t *testing.T) {
	got, err := parseEnvironment(`FROM golang AS build
ENV CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false"

from alpine
# what of-watchdog reads
ENV mode=http \
    # between two lines
    fprocess=./handler
ENV write_timeout=30s empty=
ENV mode=static
CMD ["fwatchdog"]`)
	want := map[string]string{"mode": "static", "fprocess": "./handler", "write_timeout": "30s", "empty": ""}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestAnUnreadableEnvironmentIsRefused(t *testing.T) {
	for _, line := range []string{"ENV mode http", "ENV =http", `ENV a='b'`, "ENV a=$b", `ENV a=b\ c`} {
		if got, err := parseEnvironment("FROM a\n" + line); err == nil || !strings.Contains(err.Error(), "NAME=VALUE") {
			t.Errorf("%s: got %v, %v", line, got, err)
		}
	}
}

func TestATemplateWithoutDockerfileSetsNoVariables(t *testing.T) {
	d := Dirs{Template: t.TempDir()}
	f := Function{Name: "hello"}
	f.Spec.Language = "go"
	if got, err := f.Environment(d); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	if err := os.MkdirAll(filepath.Join(d.Template, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.Template, "go", "Dockerfile"), []byte("ENV a"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Environment(d); err == nil || !strings.Contains(err.Error(), filepath.Join("go", "Dockerfile")) {
		t.Errorf("the error must name the file, was: %v", err)
	}
}

func FuzzParseEnvironment(f *testing.F) {
	f.Add("FROM a\nENV b=c \\\n d=e\n#f\nRUN g")
	f.Add("ENV a=b\\")
	f.Fuzz(func(t *testing.T, dockerfile string) {
		env, err := parseEnvironment(dockerfile)
		if err != nil {
			return
		}
		for name, value := range env {
			if name == "" || strings.ContainsAny(name+value, " \t\n\"'$\x00") || strings.Contains(name, "=") {
				t.Errorf("variable %q=%q", name, value)
			}
		}
	})
}
