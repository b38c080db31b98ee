package testbed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTracesAreWhereTheEnvironmentSays(t *testing.T) {
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

func TestWithoutTracesATestIsSkippedAndSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PREWARM_TRACES", t.TempDir())
	j := &judge{TB: t}
	Traces(j, "azure2019")
	for _, want := range []string{"azure2019: no such file", "set PREWARM_TRACES"} {
		if !strings.Contains(j.verdict, want) {
			t.Errorf("%q is missing in %q", want, j.verdict)
		}
	}
}

func TestTracesLieBesideTheRepository(t *testing.T) {
	t.Setenv("PREWARM_TRACES", "")
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{TB: t}
	if want := filepath.Join(filepath.Dir(root), "shared", "traces", "none"); Traces(j, "none") != want || !strings.Contains(j.verdict, want) {
		t.Errorf("want %s, got %q", want, j.verdict)
	}
}
