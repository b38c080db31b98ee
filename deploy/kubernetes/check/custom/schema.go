package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// schema holds the keywords of a structural schema that are checked.
// Source: "Specifying a structural schema", Kubernetes documentation, Extend the Kubernetes API
// with CustomResourceDefinitions.
type schema struct {
	Type                 string             `json:"type"`
	Properties           map[string]*schema `json:"properties"`
	Required             []string           `json:"required"`
	Items                *schema            `json:"items"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"`
	Enum                 []any              `json:"enum"`
	Preserve             bool               `json:"x-kubernetes-preserve-unknown-fields"`
	IntOrString          bool               `json:"x-kubernetes-int-or-string"`
}

// check returns an error that joins all violations of the schema in value.
func (s *schema) check(path string, value any) error {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		return fmt.Errorf("%s must be one of %v, was: %v", path, s.Enum, value)
	}
	if !s.allows(value) {
		return fmt.Errorf("%s must be of type %s, was: %v", path, s.Type, value)
	}
	switch v := value.(type) {
	case map[string]any:
		return s.checkObject(path, v)
	case []any:
		var failures []error
		// A structural schema has items for each array, so that Items is not nil.
		for i, item := range v {
			failures = append(failures, s.Items.check(fmt.Sprintf("%s[%d]", path, i), item))
		}
		return errors.Join(failures...)
	}
	return nil
}

// allows reports whether a decoded JSON value has the type of the schema.
func (s *schema) allows(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return s.Type == "object" || s.Type == ""
	case []any:
		return s.Type == "array"
	case string:
		return s.Type == "string" || s.IntOrString
	case bool:
		return s.Type == "boolean"
	// JSON does not tell integers from other numbers: an integer is a whole number.
	case float64:
		return s.Type == "number" || (v == math.Trunc(v) && (s.Type == "integer" || s.IntOrString))
	}
	return false
}

// checkObject checks required fields, unknown fields and the value of each field.
func (s *schema) checkObject(path string, object map[string]any) error {
	var failures []error
	for _, name := range s.Required {
		if _, ok := object[name]; !ok {
			failures = append(failures, fmt.Errorf("%s.%s must be set", path, name))
		}
	}
	for name, value := range object {
		field, err := s.field(path, name)
		if err == nil && field != nil {
			err = field.check(path+"."+name, value)
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// field returns the schema of a field, or nil if any value is allowed.
// An unknown field is an error here, because the API server prunes it: a misspelt field
// would have no effect.
func (s *schema) field(path, name string) (*schema, error) {
	if p, ok := s.Properties[name]; ok {
		return p, nil
	}
	// additionalProperties is a schema, or a boolean, which fails to decode.
	var values *schema
	if err := json.Unmarshal(s.AdditionalProperties, &values); err == nil && values != nil {
		return values, nil
	}
	if s.Preserve || (s.Type == "object" && len(s.Properties) == 0) {
		return nil, nil // metadata, and objects that allow any field
	}
	return nil, fmt.Errorf("%s.%s: unknown field", path, name)
}
