package kubernetes

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"prewarm/shared/policy"
)

// schemaOf returns the schema of a value, with its reference resolved, or nil.
func schemaOf(root object, path string) object {
	at := root
	for key := range strings.SplitSeq(path, ".") {
		next, _ := at.at("properties", key).(map[string]any)
		if at = next; at == nil {
			return nil
		}
		if ref, found := strings.CutPrefix(at.text("$ref"), "#/$defs/"); found {
			at = root.at("$defs", ref).(map[string]any)
		}
	}
	return at
}

func chartSchema(t *testing.T) object {
	t.Helper()
	var schema object
	if err := json.Unmarshal([]byte(read(t, chartFolder+"/values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestTheSchemaOfTheChartDescribesEveryValue compares values.schema.json with values.yaml. With -update it
// writes the descriptions.
func TestTheSchemaOfTheChartDescribesEveryValue(t *testing.T) {
	schema, known := chartSchema(t), map[string]bool{}
	for _, d := range documentedValues(t) {
		parent, key := schema, d.path
		if i := strings.LastIndex(d.path, "."); i > 0 {
			parent, key = schemaOf(schema, d.path[:i]), d.path[i+1:]
		}
		own, _ := parent.at("properties", key).(map[string]any)
		if own == nil {
			t.Errorf("the schema has no %s", d.path)
			continue
		}
		own["description"] = d.comment
		for path := d.path; path != ""; path, _ = cutLast(path) {
			known[path] = true
		}
	}
	for path := range leavesOfSchema(schema, "") {
		if !known[path] {
			t.Errorf("values.yaml has no %s", path)
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	same(t, chartFolder+"/values.schema.json", text.String())
}

// Helm refuses what the scaler would refuse when it starts, and nothing else.
func TestTheSchemaHasTheBoundsOfTheCostRatioAndTheWaitPrice(t *testing.T) {
	schema := chartSchema(t)
	ratio := schemaOf(schema, "costRatio").at("anyOf").([]any)[1].(map[string]any)
	if ratio["minimum"] != policy.LeastRatio || ratio["maximum"] != policy.MostRatio {
		t.Errorf("costRatio must be between %v and %v, is: %v", policy.LeastRatio, policy.MostRatio, ratio)
	}
	price := schemaOf(schema, "waitPrice")
	if price["minimum"] != policy.LeastWaitPrice || price["maximum"] != policy.MostWaitPrice {
		t.Errorf("waitPrice must be between %v and %v, is: %v", policy.LeastWaitPrice, policy.MostWaitPrice, price)
	}
}

func cutLast(path string) (before, after string) {
	i := strings.LastIndex(path, ".")
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

// leavesOfSchema returns the paths of all values and groups of the schema.
func leavesOfSchema(schema object, prefix string) map[string]bool {
	all := map[string]bool{}
	properties, _ := schema.at("properties").(map[string]any)
	for key, child := range properties {
		all[prefix+key] = true
		maps.Copy(all, leavesOfSchema(child.(map[string]any), prefix+key+"."))
	}
	return all
}

// same compares a file with what it should be. With -update it writes it.
func same(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if read(t, path) != want {
		t.Errorf("%s is not up to date; run the tests with -update", path)
	}
}

// valuesTable matches the table of the values in the README of the chart.
var valuesTable = regexp.MustCompile(`(?s)\| value \| default \| meaning \|\n.*?\n\n`)

// TestTheReadmeOfTheChartListsItsValues compares its table with values.yaml. With -update it writes it.
func TestTheReadmeOfTheChartListsItsValues(t *testing.T) {
	var table strings.Builder
	table.WriteString("| value | default | meaning |\n|---|---|---|\n")
	for _, d := range documentedValues(t) {
		initial, err := json.Marshal(d.initial)
		if err != nil {
			t.Fatal(err)
		}
		table.WriteString("| `" + d.path + "` | `" + strings.ReplaceAll(string(initial), "|", `\|`) + "` | " + strings.ReplaceAll(d.comment, "|", `\|`) + " |\n")
	}
	table.WriteString("\n")
	text := read(t, chartFolder+"/README.md")
	if valuesTable.FindString(text) == "" {
		t.Fatal("no table of values")
	}
	same(t, chartFolder+"/README.md", valuesTable.ReplaceAllLiteralString(text, table.String()))
}
