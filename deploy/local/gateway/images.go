package gateway

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Images finds the program of a container image.
type Images interface {
	// Resolve returns the path of the executable. The error gives the reason if there is none.
	Resolve(image string) (path string, err error)
}

// ImageDirectory finds the program of an image in a directory, under the
// image's name with "/", ":" and "@" replaced by "_": the program of
// ghcr.io/acme/hello:1.0 is the file ghcr.io_acme_hello_1.0.
type ImageDirectory string

// FileName returns the name of an image's program in an ImageDirectory.
func FileName(image string) string {
	return strings.NewReplacer("/", "_", ":", "_", "@", "_").Replace(image)
}

// Resolve implements Images.
func (d ImageDirectory) Resolve(image string) (string, error) {
	name := FileName(image)
	if name == "" || strings.Trim(name, ".") == "" {
		return "", fmt.Errorf("%q is not an image name", image)
	}
	path, err := filepath.Abs(filepath.Join(string(d), name))
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	// Checked at the deployment, so that faas-cli shows the error, not the log of a replica.
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("image %q is unknown: no executable %s", image, path)
	}
	return path, nil
}
