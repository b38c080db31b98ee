// Package buildcontext makes the build contexts of a stack file as
// faas-cli build --shrinkwrap does, and builds each into a program without a
// container engine. Paths are relative to the working directory, which is the
// directory that faas-cli would run in: the root of the repository.
package buildcontext

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/openfaas/go-sdk/stack"
)

// Function is one function of a stack file.
type Function struct {
	Name string
	Spec stack.Function // as in the file, with the environment substituted
	Copy []string       // configuration.copy: paths that travel with the handler
}

// Load reads the functions of a stack file that have a language, sorted by
// name. Values of the form ${NAME:-default} come from the environment.
func Load(file string) ([]Function, error) {
	services, err := stack.ParseYAMLFile(file, "", "", true)
	if err != nil {
		return nil, fmt.Errorf("read stack file %s: %w", file, err)
	}
	var functions []Function
	for _, name := range slices.Sorted(maps.Keys(services.Functions)) {
		f := Function{Name: name, Spec: services.Functions[name], Copy: services.StackConfiguration.CopyExtraPaths}
		f.Spec.Name = name
		if f.Spec.SkipBuild || f.Spec.Language == "" {
			continue
		}
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("stack file %s: %w", file, err)
		}
		functions = append(functions, f)
	}
	return functions, nil
}

// check refuses names and paths that would leave the build and template
// directories.
func (f Function) check() error {
	switch {
	case f.Name != filepath.Base(f.Name) || !filepath.IsLocal(f.Name):
		return fmt.Errorf("function %q: the name must not be a path", f.Name)
	case !filepath.IsLocal(f.Spec.Language):
		return fmt.Errorf("function %s: lang must name a template, was: %q", f.Name, f.Spec.Language)
	case f.Spec.Handler == "":
		return fmt.Errorf("function %s: handler must be set", f.Name)
	case f.Spec.Image == "":
		return fmt.Errorf("function %s: image must be set", f.Name)
	}
	return nil
}
