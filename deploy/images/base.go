package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is who the programs run as, the same as in distroless images and in the manifests of
// deploy/kubernetes. It is a number, since Kubernetes cannot check runAsNonRoot with a name.
const user = "65532:65532"

// Files of the base layer.
var (
	passwd   = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"
	group    = "root:x:0:\nnonroot:x:65532:\n"
	nsswitch = "hosts: files dns\n"
)

// baseLayer returns the layer below the program, the same in all images.
func baseLayer(ctx context.Context) (v1.Layer, error) {
	files := map[string]file{
		"/etc/passwd":                        {0o644, []byte(passwd)},
		"/etc/group":                         {0o644, []byte(group)},
		"/etc/nsswitch.conf":                 {0o644, []byte(nsswitch)},
		"/etc/ssl/certs/ca-certificates.crt": {0o644, certificates()},
	}
	if err := addZones(ctx, files); err != nil {
		return nil, fmt.Errorf("time zones: %w", err)
	}
	return layer(files)
}

// certificates returns the authorities of Mozilla's root program as PEM blocks. Those that
// Mozilla trusts for certificates up to a date only are left out: a file cannot say so.
func certificates() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a Buffer takes all
		}
	}
	return b.Bytes()
}

// addZones adds the time zones of the Go distribution, at a path where package time finds them.
func addZones(ctx context.Context, files map[string]file) error {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	r, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return err
	}
	defer r.Close()
	for _, zone := range r.File {
		if strings.HasSuffix(zone.Name, "/") {
			continue
		}
		data, err := read(zone)
		if err != nil {
			return fmt.Errorf("%s: %w", zone.Name, err)
		}
		files[path.Join("/usr/share/zoneinfo", zone.Name)] = file{0o644, data}
	}
	return nil
}

// read returns the content of a file in an archive.
func read(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
