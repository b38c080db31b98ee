package schedule

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decode reads the periods of a YAML text. Numbers and dates keep the form in which they are
// written, quoted or not: KEDA quotes its numbers.
func decode(name, text string) ([]entry, error) {
	const must = "must be a list of periods such as {timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, minReplicaCount: 3}"
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("%s %s: %.200v", name, must, err)
	}
	if len(document.Content) != 1 {
		return nil, fmt.Errorf("%s %s, was: %.40q", name, must, text)
	}
	periods := document.Content[0]
	nodes := periods.Content
	switch periods.Kind {
	case yaml.MappingNode:
		nodes = []*yaml.Node{periods}
	case yaml.SequenceNode:
	default:
		return nil, fmt.Errorf("%s %s, was: %.40q", name, must, text)
	}
	entries := make([]entry, len(nodes))
	for i, node := range nodes {
		var err error
		if entries[i], err = decodeEntry(node); err != nil {
			return nil, fmt.Errorf("%s[%d]%w", name, i, err)
		}
	}
	return entries, nil
}

// decodeEntry reads the fields of a period.
func decodeEntry(node *yaml.Node) (entry, error) {
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf(" must be a period with the fields %s, was: %.40q", strings.Join(fields, ", "), node.Value)
	}
	e := entry{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		field := node.Content[i].Value
		value, err := decodeValue(node.Content[i+1])
		if err != nil {
			return nil, fmt.Errorf(".%.40s %w", field, err)
		}
		if _, twice := e[field]; twice {
			return nil, fmt.Errorf(".%.40s must be set once", field)
		}
		e[field] = value
	}
	return e, nil
}

// decodeValue returns a scalar as it is written, and a list of scalars separated by commas.
func decodeValue(node *yaml.Node) (string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		return strings.TrimSpace(node.Value), nil
	case yaml.SequenceNode:
		var values []string
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", fmt.Errorf("must be a list of plain values, had one on line %d that is none", item.Line)
			}
			values = append(values, item.Value)
		}
		return strings.Join(values, ","), nil
	}
	return "", fmt.Errorf("must be a plain value; quote an expression that begins with *, such as \"*/5 * * * *\"")
}
