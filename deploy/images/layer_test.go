package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"path"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// entry is what a layer holds at a path.
type entry struct {
	header tar.Header
	data   []byte
}

// entries reads a layer, by path, and checks what holds of all layers.
func entries(t *testing.T, l v1.Layer) map[string]entry {
	t.Helper()
	r, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[string]entry{}
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if parent := path.Dir(path.Clean(h.Name)); parent != "." && all[parent].header.Typeflag != tar.TypeDir {
			t.Errorf("%s comes before its directory", h.Name)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Mode&0o022 != 0 || !h.ModTime.Equal(time.Unix(0, 0)) {
			t.Errorf("%s must be of root, for root alone to write, of 1970: %+v", h.Name, h)
		}
		all[path.Clean(h.Name)] = entry{*h, data}
	}
}

func TestTheSameFilesMakeTheSameLayer(t *testing.T) {
	files := map[string]file{"/b/c/d": {0o644, []byte("d")}, "/a": {0o755, []byte("a")}, "/b/e": {0o644, nil}}
	var digests []v1.Hash
	for range 5 { // maps have another order each time
		l, err := layer(maps.Clone(files))
		if err != nil {
			t.Fatal(err)
		}
		digest, err := l.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
		if digest != digests[0] {
			t.Fatalf("digests differ: %v", digests)
		}
		all := entries(t, l)
		if len(all) != 5 || string(all["b/c/d"].data) != "d" || all["a"].header.Mode != 0o755 || all["b"].header.Typeflag != tar.TypeDir {
			t.Errorf("got %v", all)
		}
	}
}

func TestTheBaseHasUserCertificatesAndTimeZones(t *testing.T) {
	l, err := baseLayer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := entries(t, l)
	uid, gid, _ := strings.Cut(user, ":")
	if line := "nonroot:x:" + uid + ":" + gid + ":"; !strings.Contains(string(all["etc/passwd"].data), "\n"+line) {
		t.Errorf("/etc/passwd must have %s, was:\n%s", line, all["etc/passwd"].data)
	}
	if line := "nonroot:x:" + gid + ":"; !strings.Contains(string(all["etc/group"].data), "\n"+line) {
		t.Errorf("/etc/group must have %s, was:\n%s", line, all["etc/group"].data)
	}
	checkCertificates(t, all["etc/ssl/certs/ca-certificates.crt"].data)

	berlin, err := time.LoadLocationFromTZData("Europe/Berlin", all["usr/share/zoneinfo/Europe/Berlin"].data)
	if err != nil {
		t.Fatal(err)
	}
	if hour := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).In(berlin).Hour(); hour != 14 {
		t.Errorf("noon in July is %d o'clock in Berlin", hour)
	}
}

// checkCertificates checks that programs can read the file of authorities, and that it has
// well-known ones.
func checkCertificates(t *testing.T, file []byte) {
	t.Helper()
	var names []string
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || !c.IsCA {
			t.Errorf("%v is no authority: %v", c, err)
			continue
		}
		names = append(names, c.Subject.CommonName)
	}
	if len(names) < 100 || !strings.Contains(strings.Join(names, "\n"), "ISRG Root X1") {
		t.Errorf("%d authorities: %q", len(names), names)
	}
	if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(bytes.Clone(file)) {
		t.Error("no certificate can be read")
	}
}
