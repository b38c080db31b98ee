package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestTheImageIsBuiltFromAllThatTheProgramImports compares the COPY lines of the
// Dockerfiles, which name folders of the root module, with the imports.
func TestTheImageIsBuiltFromAllThatTheProgramImports(t *testing.T) {
	for program, dockerfile := range map[string]string{
		"prewarm/deploy/connector/jetstream-connector": "../Dockerfile",
		"prewarm/deploy/keda/external-scaler":          "../../keda/Dockerfile",
	} {
		text, err := os.ReadFile(dockerfile)
		if err != nil {
			t.Fatal(err)
		}
		var copied []string
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "COPY" && fields[1] == fields[2] {
				copied = append(copied, "prewarm/"+fields[1])
			}
		}
		deps, err := exec.Command("go", "list", "-deps", program).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range strings.Fields(string(deps)) {
			if strings.HasPrefix(p, "prewarm/") && !slices.ContainsFunc(copied, func(c string) bool { return p == c || strings.HasPrefix(p, c+"/") }) {
				t.Errorf("%s imports %s, which %s does not copy", program, p, dockerfile)
			}
		}
	}
}
