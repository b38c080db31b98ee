package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// namespace is the one that the release is installed into.
const namespace = "openfaas"

// request is one installation of the chart.
type request struct {
	Files   []string          `json:"files"`   // of values in the folder of the chart, the later replaces the earlier
	Values  map[string]any    `json:"values"`  // as --set, stronger than the files
	Cluster []json.RawMessage `json:"cluster"` // objects that lookup finds
}

// response is what Helm would apply and show, or the error with which it would refuse.
type response struct {
	Objects []json.RawMessage `json:"objects"`
	Notes   string            `json:"notes"`
	Error   string            `json:"error"`
}

// render returns what Helm makes of the request.
func (q request) render(c *chart.Chart) (r response) {
	files, err := q.templates(c)
	if err != nil {
		return response{Error: err.Error()}
	}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if path.Base(name) == "NOTES.txt" {
			r.Notes = files[name]
			continue
		}
		objects, err := documents(files[name])
		if err != nil {
			return response{Error: name + ": " + err.Error()}
		}
		r.Objects = append(r.Objects, objects...)
	}
	return r
}

// templates returns the rendered templates by their names.
func (q request) templates(c *chart.Chart) (map[string]string, error) {
	set, err := q.merged(c)
	if err != nil {
		return nil, err
	}
	release := chartutil.ReleaseOptions{Name: "prewarm", Namespace: namespace, IsInstall: true, Revision: 1}
	values, err := chartutil.ToRenderValues(c, set, release, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	objects, err := newCluster(q.Cluster)
	if err != nil {
		return nil, err
	}
	return engine.RenderWithClientProvider(c, values, objects)
}

// merged returns the values of the request. Files are read from the chart, where Helm keeps
// those that it does not know.
func (q request) merged(c *chart.Chart) (map[string]any, error) {
	set := q.Values
	if set == nil {
		set = map[string]any{}
	}
	for _, name := range slices.Backward(q.Files) {
		i := slices.IndexFunc(c.Files, func(f *chart.File) bool { return f.Name == name })
		if i < 0 {
			return nil, errors.New("the chart has no file " + name)
		}
		var below map[string]any
		if err := yaml.UnmarshalStrict(c.Files[i].Data, &below); err != nil {
			return nil, err
		}
		set = chartutil.CoalesceTables(set, below)
	}
	return set, nil
}

// documents returns the YAML documents of a text as JSON. Duplicate keys are an error.
func documents(text string) (all []json.RawMessage, err error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		object, err := yaml.YAMLToJSONStrict(doc)
		if err != nil {
			return nil, err
		}
		if string(object) != "null" {
			all = append(all, object)
		}
	}
}
