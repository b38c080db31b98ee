package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// SecretsDir is where OpenFaaS mounts the secrets of a function.
const SecretsDir = "/var/openfaas/secrets"

// Secret returns the content of a secret without surrounding white space. It is the file
// name in the directory of the key secrets_dir, by default SecretsDir. A missing or empty
// secret is an error. No error contains the content.
func (r *Reader) Secret(name string) string {
	return strings.TrimSpace(r.secretText(name))
}

// secretText is Secret with the white space.
func (r *Reader) secretText(name string) string {
	v, ok := r.readSecret(name)
	if !ok || strings.TrimSpace(v) == "" {
		r.fail("secret %s must be mounted and not empty (faas-cli secret create %s)", name, name)
	}
	return v
}

// OptionalSecret returns the content of a secret, or the empty string if it is missing.
func (r *Reader) OptionalSecret(name string) string {
	v, _ := r.readSecret(name)
	return strings.TrimSpace(v)
}

// OptionalSecretURL is OptionalSecret for an absolute URL with one of the schemes. The
// error shows no part of the URL, since its path may be the secret.
func (r *Reader) OptionalSecretURL(name string, schemes ...string) string {
	v := r.OptionalSecret(name)
	if v == "" {
		return ""
	}
	if _, err := ParseURL(v, schemes...); err != nil {
		r.fail("secret %s must be a URL with scheme %s, a host, and a port from 1 to 65535 if any", name, strings.Join(schemes, " or "))
	}
	return v
}

// ParseSecret is Parse for an optional secret, which is empty if it is missing. The error of
// parse must not show it.
func ParseSecret[T any](r *Reader, name string, parse func(string) (T, error)) T {
	v, err := parse(r.OptionalSecret(name))
	if err != nil {
		r.fail("secret %s %w", name, err)
		v = *new(T)
	}
	return v
}

// readSecret returns the content of a secret and whether its file could be read. A file
// that exists and cannot be read is an error.
func (r *Reader) readSecret(name string) (string, bool) {
	b, err := os.ReadFile(r.secretPath(name))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.fail("secret %s: %w", name, err)
		}
		return "", false
	}
	return string(b), true
}

// secretPath returns the path of a secret.
func (r *Reader) secretPath(name string) string {
	return filepath.Join(r.String("secrets_dir", SecretsDir), filepath.Base(name))
}

// Key returns the secret as a signing key, which must have at least min bytes.
func (r *Reader) Key(name string, min int) []byte {
	key := []byte(r.Secret(name))
	if len(key) > 0 && len(key) < min {
		r.fail("secret %s must have at least %d bytes, had: %d", name, min, len(key))
	}
	return key
}

// Keys returns the signing keys in a secret, one per line, of which there may be most. Each
// must have at least least bytes. Blank lines, and blanks around a key, are ignored. An error
// names the line, never the key.
func (r *Reader) Keys(name string, least, most int) [][]byte {
	var keys [][]byte
	for number, line := range strings.Split(r.secretText(name), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if len(line) < least {
			r.fail("secret %s, line %d must have at least %d bytes, had: %d", name, number+1, least, len(line))
		}
		keys = append(keys, []byte(line))
	}
	if len(keys) > most {
		r.fail("secret %s must have at most %d keys, one per line, had: %d", name, most, len(keys))
	}
	return keys
}
