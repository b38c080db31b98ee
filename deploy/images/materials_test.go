package main

import (
	"bytes"
	"runtime/debug"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func TestTheBillNamesEveryModule(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{
		{Path: "example.org/a", Version: "v1.2.3"},
		{Path: "prewarm", Version: "(devel)"},
		{Path: "example.org/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/fork", Version: "v1.0.1"}},
	}}
	text, err := materials(source{name: "prewarm-a"}, options{tag: "1"}, info)
	if err != nil {
		t.Fatal(err)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if bom.SpecVersion != cdx.SpecVersion1_6 || bom.Metadata.Component.Name != "prewarm-a" || bom.Metadata.Component.Version != "1" {
		t.Errorf("got %+v", bom.Metadata.Component)
	}
	if bom.Metadata.Timestamp != "" || bom.SerialNumber != "" {
		t.Error("a time or a random number would give each build another bill")
	}
	names := map[string]string{}
	for _, c := range *bom.Components {
		names[c.PackageURL] = c.Version
	}
	for purl, version := range map[string]string{
		"pkg:golang/std@1.26.8": "1.26.8", "pkg:golang/example.org/a@v1.2.3": "v1.2.3", "pkg:golang/prewarm": "", "pkg:golang/example.org/fork@v1.0.1": "v1.0.1",
		"pkg:golang/" + certificatesModule + "@" + ownVersion(certificatesModule): ownVersion(certificatesModule),
	} {
		if got, ok := names[purl]; !ok || got != version {
			t.Errorf("the bill must have %s, had: %v", purl, names)
		}
	}
	if ownVersion(certificatesModule) == "" {
		t.Error("the version of the certificates is unknown")
	}
}
