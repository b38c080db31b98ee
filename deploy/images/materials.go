package main

import (
	"bytes"
	"debug/buildinfo"
	"runtime/debug"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// materialsType is the media type of a bill of materials in CycloneDX JSON.
//
// Source: https://cyclonedx.org/specification/overview/, Recognized file patterns and media types
const materialsType types.MediaType = "application/vnd.cyclonedx+json"

// certificatesModule is the module that the certificates of the base layer come from.
const certificatesModule = "golang.org/x/crypto/x509roots/fallback"

// materials returns the bill of materials of an image: the modules that the linker has noted
// in the program, the version of Go, and the module of the certificates. It has neither a
// time nor a random serial number, so that it is the same for the same image.
func materials(s source, o options, program *buildinfo.BuildInfo) ([]byte, error) {
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &cdx.Component{
		BOMRef: s.name, Type: cdx.ComponentTypeContainer, Name: s.name, Version: o.tag, Description: s.about,
	}}
	components := []cdx.Component{library("std", strings.TrimPrefix(program.GoVersion, "go"))}
	for _, m := range program.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		components = append(components, library(m.Path, m.Version))
	}
	components = append(components, library(certificatesModule, ownVersion(certificatesModule)))
	bom.Components = &components
	var b bytes.Buffer
	err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
	return b.Bytes(), err
}

// library returns the component of a Go module. A module of the repository has no version.
func library(module, version string) cdx.Component {
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, Name: module, PackageURL: "pkg:golang/" + module}
	if version != "" && version != "(devel)" {
		c.Version = version
		c.PackageURL += "@" + version
	}
	c.BOMRef = c.PackageURL
	return c
}

// ownVersion returns the version of a module that this program uses, "" if it is unknown.
func ownVersion(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == module })
	if i < 0 {
		return ""
	}
	return info.Deps[i].Version
}

// artifact returns a bill of materials as an artifact that refers to its image. Registries
// list it among the referrers of the image; the index stays one of images alone, and the
// image does not change with its bill. The type of the artifact is that of its configuration.
//
// Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
func artifact(bill []byte, of v1.Image) (v1.Image, error) {
	subject, err := partial.Descriptor(of)
	if err != nil {
		return nil, err
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), materialsType)
	img, err = mutate.AppendLayers(img, static.NewLayer(bill, materialsType))
	if err != nil {
		return nil, err
	}
	subject.ArtifactType = "" // a subject has a media type, a digest and a size
	return mutate.Subject(img, *subject).(v1.Image), nil
}
