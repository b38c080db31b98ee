package corpus

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/cli"
	"prewarm/shared/trace"
)

// put writes a file below dir.
func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The load test is never trained on, even next to traces that are.
func TestTheLoadTestIsNoTrainingData(t *testing.T) {
	for _, folder := range Folders() {
		if strings.Contains(folder, "hey") {
			t.Errorf("%s is trained on", folder)
		}
	}
}

func TestOnlyTheStatedFoldersAreRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "azure2019_single_day/invocations.csv", "fn,1,2\na,1,0\nb,0,0\n")
	put(t, dir, "another/invocations.csv", "fn,1,2\nc,1,1\n")
	all, err := All(cli.TraceReader{Log: io.Discard}, dir)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d traces, %v", len(all), err)
	}
	if tasks := Tasks(all); len(tasks) != 1 || tasks[0].Name != "azure2019_single_day/a" {
		t.Errorf("got %+v", tasks)
	}
}

func TestWithoutTracesNothingIsRead(t *testing.T) {
	if all, err := All(cli.TraceReader{Log: io.Discard}, filepath.Join(t.TempDir(), "none")); err != nil || len(all) != 0 {
		t.Errorf("%d traces, %v", len(all), err)
	}
	made, err := Generated(1)
	if err != nil || made.Layout != trace.Generated {
		t.Errorf("%v", err)
	}
}
