package platform

import (
	"os"
	"path/filepath"
	"testing"
)

func TestASecretIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := keep(dir, "key")
	if err != nil || len(first) < 16 {
		t.Fatalf("got %q, %v", first, err)
	}
	if again, err := keep(dir, "key"); err != nil || again != first {
		t.Errorf("got %q, %v, want the same", again, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
}

func TestAnEmptySecretIsReplaced(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if made, err := keep(dir, "key"); err != nil || len(made) < 16 {
		t.Errorf("got %q, %v", made, err)
	}
}
