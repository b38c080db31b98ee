package testbed

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Traces returns the path of the published traces, or of a file or folder below
// it: in the folder that PREWARM_TRACES names, otherwise in shared/traces beside
// the repository. The test is skipped where nothing is there.
func Traces(t testing.TB, below ...string) string {
	t.Helper()
	folder := os.Getenv("PREWARM_TRACES")
	if folder == "" {
		_, here, _, _ := runtime.Caller(0) // tests run in the folders of their packages
		folder = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared", "traces")
	}
	path := filepath.Join(folder, filepath.Join(below...))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no published traces to read: %v (set PREWARM_TRACES to their folder)", err)
	}
	return path
}
