package models_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/models"
	"prewarm/shared/modelfile"
)

// The shipped file read from disk is the embedded one.
func TestAModelIsOpenedFromItsFile(t *testing.T) {
	own, err := models.Open(models.Full)
	if err != nil {
		t.Fatal(err)
	}
	read, err := models.Open("forecast.bin")
	if err != nil {
		t.Fatal(err)
	}
	if own.Version() != read.Version() {
		t.Errorf("embedded is %s, the file %s", own.Version(), read.Version())
	}
}

func TestAFileThatIsNoModelIsNamed(t *testing.T) {
	if _, err := models.Open("missing.bin"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "other.bin")
	if err := os.WriteFile(path, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := models.Open(path); !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}
