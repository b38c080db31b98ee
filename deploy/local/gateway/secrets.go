//go:build unix

package gateway

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"

	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/cli"
)

// secretNameExp matches a DNS subdomain. Such a name is safe as a file name: it has no
// path separator and no "..".
var secretNameExp = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// validateSecretName returns an error with status 400 for an invalid name.
func validateSecretName(name string) error {
	if len(name) > 253 || !secretNameExp.MatchString(name) {
		return badRequest("secret name must be a DNS name of lower-case letters, digits, dashes and dots, was: %q", name)
	}
	return nil
}

// serveSecrets answers changes with 202, as faas-netes does. The description of the API has
// 201, 200 and 204.
//
// Source: SecretsHandler in pkg/handlers/secrets.go of openfaas/faas-netes.
func (g *Gateway) serveSecrets(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodGet {
		return g.listSecrets(w, r)
	}
	secret, err := bodyOf(w, r, decodeSecret)
	if err != nil {
		return err
	}
	switch r.Method {
	case http.MethodPost:
		err = g.secrets.create(secret)
	case http.MethodPut:
		err = g.secrets.update(secret)
	case http.MethodDelete:
		err = g.secrets.remove(secret.Name)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// listSecrets lists names only; the API never returns a value.
func (g *Gateway) listSecrets(w http.ResponseWriter, r *http.Request) error {
	if err := validateNamespace(r.URL.Query().Get("namespace")); err != nil {
		return err
	}
	names, err := g.secrets.names()
	if err != nil {
		return err
	}
	all := []types.Secret{}
	for _, name := range names {
		all = append(all, types.Secret{Name: name, Namespace: Namespace})
	}
	return writeJSON(w, all)
}

// decodeSecret decodes and validates a secret. Its errors never hold the value.
func decodeSecret(body []byte) (types.Secret, error) {
	var secret types.Secret
	if err := decode(body, &secret); err != nil {
		// The text of the decoder could quote the value.
		return types.Secret{}, badRequest("the body is not the JSON of a secret")
	}
	if err := validateSecretName(secret.Name); err != nil {
		return types.Secret{}, err
	}
	return secret, validateNamespace(secret.Namespace)
}

// secretStore keeps one file for each secret, readable by its owner only.
type secretStore struct{ dir string }

// secretsDir is the directory of all secrets in the state directory.
func secretsDir(stateDir string) string { return filepath.Join(stateDir, "secrets") }

// prepare makes the directory.
func (s secretStore) prepare() error { return os.MkdirAll(s.dir, 0o700) }

// path is safe for names that validateSecretName accepts.
func (s secretStore) path(name string) string { return filepath.Join(s.dir, name) }

// exists reports whether there is a secret with this name.
func (s secretStore) exists(name string) bool {
	_, err := os.Stat(s.path(name))
	return err == nil
}

// names returns the names of all secrets. Other files are left out, such as a
// temporary file of an update.
func (s secretStore) names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list secrets: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if validateSecretName(entry.Name()) == nil {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// secretBytes prefers the raw value, as the provider for Kubernetes does. For a secret
// from a file faas-cli sends both, and trims the spaces of the text.
func secretBytes(secret types.Secret) []byte {
	if len(secret.RawValue) > 0 {
		return secret.RawValue
	}
	return []byte(secret.Value)
}

// create adds a secret. O_EXCL makes two concurrent requests for one name safe: the second
// gets the status 409.
func (s secretStore) create(secret types.Secret) error {
	file, err := os.OpenFile(s.path(secret.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &statusError{http.StatusConflict, "secret " + secret.Name + " exists already"}
	}
	if err != nil {
		return fmt.Errorf("create secret %s: %w", secret.Name, err)
	}
	_, err = file.Write(secretBytes(secret))
	return errors.Join(err, file.Close()) // Close can report a failed write
}

// update replaces a secret in one step.
func (s secretStore) update(secret types.Secret) error {
	// A PUT must not create a secret; WritePrivate would.
	if !s.exists(secret.Name) {
		return notFound("secret %s not found", secret.Name)
	}
	return cli.WritePrivate(s.path(secret.Name), func(w io.Writer) error {
		_, err := w.Write(secretBytes(secret))
		return err
	})
}

// remove deletes a secret. Functions that use it keep a dangling link, and fail to read it.
func (s secretStore) remove(name string) error {
	err := os.Remove(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return notFound("secret %s not found", name)
	}
	return err
}
