// Command render prints YAML documents as JSON, one per line. An argument is a file,
// or a folder that kustomize renders. Duplicate keys are an error.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

func main() {
	for _, path := range os.Args[1:] {
		if err := render(path, os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "render: %s: %v\n", path, err)
			os.Exit(1)
		}
	}
}

// render prints the documents of one file or folder.
// One line for each document lets the checks read them one by one.
func render(path string, out io.Writer) error {
	text, err := read(path)
	if err != nil {
		return err
	}
	// The reader splits at "---" only at the begin of a line, not within a value.
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, err := yaml.YAMLToJSONStrict(doc)
		if err != nil {
			return err
		}
		// A document of comments alone, as between two separators.
		if string(line) != "null" {
			fmt.Fprintf(out, "%s\n", line)
		}
	}
}

// read returns the content of a file, or what kustomize renders from a folder.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return os.ReadFile(path)
	}
	// As kubectl kustomize does, without kubectl.
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), path)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}
