package testbed

import (
	"os"
	"path/filepath"
	"testing"
)

// Traces returns the directory of the published traces, or the path of a file or
// directory in it. The environment variable PREWARM_TRACES names the directory; by
// default it is shared/traces beside the repository. The test is skipped if the
// path does not exist: the traces are not part of the repository.
func Traces(t testing.TB, below ...string) string {
	t.Helper()
	folder := os.Getenv("PREWARM_TRACES")
	if folder == "" {
		folder = filepath.Join(repository(t), "..", "shared", "traces")
	}
	path := filepath.Join(folder, filepath.Join(below...))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no published traces: %v (PREWARM_TRACES names their directory)", err)
	}
	return path
}

// repository returns the nearest directory with a file go.mod, from the directory
// of the test upward.
func repository(t testing.TB) string {
	t.Helper()
	start, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := start
	for !isFile(filepath.Join(folder, "go.mod")) {
		if folder == filepath.Dir(folder) {
			t.Fatalf("no go.mod in or above %s", start)
		}
		folder = filepath.Dir(folder)
	}
	return folder
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
