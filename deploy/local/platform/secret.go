package platform

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keep returns the secret in the file name of the state directory. If there is none,
// it makes a random one: the same state always has the same password.
func keep(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read secret: %w", err)
	}
	// A start that was killed while it wrote has left an empty file.
	if secret := strings.TrimSpace(string(b)); secret != "" {
		return secret, nil
	}
	// At least 128 random bits, in letters and digits.
	secret := rand.Text()
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep secret: %w", err)
	}
	return secret, nil
}
