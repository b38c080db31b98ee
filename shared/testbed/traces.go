package testbed

import (
	"os"
	"path/filepath"
	"testing"
)

// Traces returns the path of the published traces, or of a file or folder below
// it: in the folder that PREWARM_TRACES names, otherwise in shared/traces beside
// the repository. The test is skipped where nothing is there.
func Traces(t testing.TB, below ...string) string {
	t.Helper()
	folder := os.Getenv("PREWARM_TRACES")
	if folder == "" {
		folder = filepath.Join(repository(t), "..", "shared", "traces")
	}
	path := filepath.Join(folder, filepath.Join(below...))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no published traces to read: %v (set PREWARM_TRACES to their folder)", err)
	}
	return path
}

// repository is the nearest folder with go.mod, from that of the test upward.
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
