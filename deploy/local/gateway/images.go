package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Image is what the gateway needs of a container image.
type Image struct {
	Path string            // executable
	Env  map[string]string // ENV of the image
}

// Images finds container images.
type Images interface {
	// Resolve returns an image. The error gives the reason if there is none.
	Resolve(image string) (Image, error)
}

// ImageDirectory finds the program of an image in a directory, under the
// image's name with "/", ":" and "@" replaced by "_": the program of
// ghcr.io/acme/hello:1.0 is the file ghcr.io_acme_hello_1.0. The file of the same name in
// the directory env below has the image's ENV as a JSON object; it may be missing.
type ImageDirectory string

// FileName returns the name of an image's program in an ImageDirectory.
func FileName(image string) string {
	return strings.NewReplacer("/", "_", ":", "_", "@", "_").Replace(image)
}

// environments is the directory of the environments in an ImageDirectory.
const environments = "env"

// Add makes or replaces an image. Its program is a link.
func (d ImageDirectory) Add(image string, content Image) error {
	env, err := json.Marshal(content.Env)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(string(d), environments), 0o755); err != nil {
		return err
	}
	link := filepath.Join(string(d), FileName(image))
	// The link may point to the program of an earlier build.
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(content.Path, link); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(d), environments, FileName(image)), env, 0o644)
}

// Resolve implements Images.
func (d ImageDirectory) Resolve(image string) (Image, error) {
	name := FileName(image)
	if name == "" || strings.Trim(name, ".") == "" {
		return Image{}, fmt.Errorf("%q is not an image name", image)
	}
	path, err := filepath.Abs(filepath.Join(string(d), name))
	if err != nil {
		return Image{}, err
	}
	info, err := os.Stat(path)
	// Checked at the deployment, so that faas-cli shows the error, not the log of a replica.
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return Image{}, fmt.Errorf("image %q is unknown: no executable %s", image, path)
	}
	env, err := os.ReadFile(filepath.Join(string(d), environments, name))
	if errors.Is(err, fs.ErrNotExist) {
		return Image{Path: path}, nil
	}
	if err != nil {
		return Image{}, fmt.Errorf("image %q: %w", image, err)
	}
	content, err := decodeImageEnv(env)
	if err != nil {
		return Image{}, fmt.Errorf("image %q: %w", image, err)
	}
	return Image{Path: path, Env: content}, nil
}

// decodeImageEnv decodes and validates the environment of an image.
func decodeImageEnv(text []byte) (map[string]string, error) {
	var env map[string]string
	if err := json.Unmarshal(text, &env); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	return env, validateEnvironment("environment", env)
}
