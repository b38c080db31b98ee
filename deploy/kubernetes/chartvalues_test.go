package kubernetes

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// documented is a value of the chart with its comment in values.yaml. A key without a comment is a
// group of values.
type documented struct {
	path, comment string
	initial       any
}

// parseValues returns the values below a mapping of values.yaml, in their order.
func parseValues(t *testing.T, mapping *yaml.Node, prefix string) (all []documented) {
	t.Helper()
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		d := documented{path: prefix + key.Value, comment: strings.Join(strings.Fields(strings.ReplaceAll(key.HeadComment, "#", " ")), " ")}
		switch {
		case d.comment != "":
			if err := value.Decode(&d.initial); err != nil {
				t.Fatal(err)
			}
			all = append(all, d)
		case value.Kind == yaml.MappingNode && len(value.Content) > 0:
			all = append(all, parseValues(t, value, d.path+".")...)
		default:
			t.Errorf("values.yaml: %s has no comment", d.path)
		}
	}
	return all
}

func documentedValues(t *testing.T) []documented {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(read(t, chartFolder+"/values.yaml")), &document); err != nil {
		t.Fatal(err)
	}
	all := parseValues(t, document.Content[0], "")
	if len(all) < 50 {
		t.Fatalf("%d values", len(all))
	}
	return all
}

// leaves returns the paths of the single values in a value.
func leaves(path string, value any) map[string]any {
	m, ok := value.(map[string]any)
	if !ok || len(m) == 0 {
		return map[string]any{path: value}
	}
	all := map[string]any{}
	for key, child := range m {
		maps.Copy(all, leaves(path+"."+key, child))
	}
	return all
}

// changed returns another value that the schema allows: the example of the schema, or what is next.
func changed(t *testing.T, schema object, path string, value any) any {
	t.Helper()
	if examples, ok := schema.at("examples").([]any); ok {
		return examples[0]
	}
	switch v := value.(type) {
	case bool:
		return !v
	case int:
		return v + 1
	case string:
		if schema == nil { // an entry of a map with any keys
			return v + "x"
		}
	}
	t.Errorf("the schema of %s needs examples", path)
	return value
}

// with returns base with the value at a path set.
func with(base object, path string, value any) object {
	key, rest, deeper := strings.Cut(path, ".")
	set := maps.Clone(base)
	if deeper {
		below, _ := base.at(key).(object)
		value = with(below, rest, value)
	}
	if set == nil {
		set = object{}
	}
	set[key] = value
	return set
}

// TestEveryValueOfTheChartIsUsed changes each value, and sees that what is installed changes:
// with the default values, or with those that switch everything else on.
func TestEveryValueOfTheChartIsUsed(t *testing.T) {
	schema, unused := chartSchema(t), map[string]any{}
	for _, d := range documentedValues(t) {
		for path, value := range leaves(d.path, d.initial) {
			unused[path] = changed(t, schemaOf(schema, path), path, value)
		}
	}
	other := with(with(given(), "nats", object{"url": "nats://other:4222"}), "keda", object{"create": true})
	other = with(with(other, "scaledObjects", []object{{"function": "hello", "max": 5}}), "hpa", []object{{"function": "hello", "max": 5}})
	for _, base := range []installation{{Values: given()}, {Files: []string{"values-standard.yaml"}, Values: other}} {
		paths := slices.Sorted(maps.Keys(unused))
		requests := []installation{base}
		for _, path := range paths {
			requests = append(requests, installation{Files: base.Files, Values: with(base.Values, path, unused[path])})
		}
		results := install(t, requests...)
		for i, path := range paths {
			r := results[i+1]
			if r.Error == "" && !reflect.DeepEqual(r.Objects, results[0].Objects) {
				delete(unused, path)
			}
		}
	}
	for path, value := range unused {
		t.Errorf("nothing changes if %s is %v", path, value)
	}
}
