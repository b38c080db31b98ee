// Command custom reads objects as JSON, one per line, and validates each against the
// schema of its kind in the CustomResourceDefinitions that its arguments name. An
// unknown field, a missing required one, and a value of the wrong type or outside its
// enumeration are errors. It prints apiVersion and kind of each valid object.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

// definition holds the fields of a CustomResourceDefinition that are used.
// Source: apiextensions.k8s.io/v1 of the Kubernetes API.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
		Versions []struct {
			Name   string `json:"name"`
			Schema struct {
				OpenAPIV3Schema *schema `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "custom:", err)
		os.Exit(1)
	}
}

// run validates all objects. The error joins those of all objects.
func run(files []string, in io.Reader, out io.Writer) error {
	schemas, err := load(files)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	// A line is a whole object, which can be longer than the default of 64 KiB.
	lines.Buffer(nil, 16<<20)
	var failures []error
	for lines.Scan() {
		var object map[string]any
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
			return err
		}
		name := fmt.Sprint(object["apiVersion"], " ", object["kind"])
		// The failures are collected, so that one run shows all of them.
		s, ok := schemas[name]
		if !ok {
			failures = append(failures, fmt.Errorf("%s: no CustomResourceDefinition for this kind", name))
			continue
		}
		if err := s.check(name, object); err != nil {
			failures = append(failures, err)
			continue
		}
		fmt.Fprintln(out, name)
	}
	return errors.Join(append(failures, lines.Err())...)
}

// load returns the schemas by "group/version Kind".
// A file holds one definition.
func load(files []string) (map[string]*schema, error) {
	schemas := map[string]*schema{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var d definition
		if err := yaml.Unmarshal(text, &d); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		// Each version of a kind has a schema of its own.
		for _, v := range d.Spec.Versions {
			schemas[d.Spec.Group+"/"+v.Name+" "+d.Spec.Names.Kind] = v.Schema.OpenAPIV3Schema
		}
	}
	return schemas, nil
}
