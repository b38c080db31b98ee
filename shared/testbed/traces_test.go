package testbed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTracesAreInTheDirectoryOfTheEnvironment(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PREWARM_TRACES", folder)
	file := filepath.Join(folder, "grid.csv")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if all, one := Traces(t), Traces(t, "grid.csv"); all != folder || one != file {
		t.Errorf("got %s and %s", all, one)
	}
}

// The message of the skip names the missing path and the variable.
func TestWithoutTracesATestIsSkipped(t *testing.T) {
	t.Setenv("PREWARM_TRACES", t.TempDir())
	r := &recorder{TB: t}
	Traces(r, "azure2019")
	for _, want := range []string{"azure2019: no such file", "PREWARM_TRACES names"} {
		if !strings.Contains(r.message, want) {
			t.Errorf("%q is missing in %q", want, r.message)
		}
	}
}

func TestTracesAreBesideTheRepositoryByDefault(t *testing.T) {
	t.Setenv("PREWARM_TRACES", "")
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	if want := filepath.Join(filepath.Dir(root), "shared", "traces", "none"); Traces(r, "none") != want || !strings.Contains(r.message, want) {
		t.Errorf("want %s, got %q", want, r.message)
	}
}
