// Package buildcontext makes the build contexts of a stack file like faas-cli build
// --shrinkwrap, with the same library (go-sdk), and compiles each into a program
// without a container engine. All paths are relative to the working directory. As
// with faas-cli, that is the root of the repository.
package buildcontext

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/openfaas/go-sdk/stack"
)

// Function is one function of a stack file.
type Function struct {
	Name string
	Spec stack.Function // as in the file, with the environment substituted
	Copy []string       // configuration.copy: paths that are copied beside the handler
}

// Load returns the functions of a stack file that have a language, sorted by name.
// It substitutes ${NAME:-default} from the environment.
func Load(file string) ([]Function, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read stack file: %w", err)
	}
	functions, err := parseStack(text)
	if err != nil {
		return nil, fmt.Errorf("read stack file %s: %w", file, err)
	}
	return functions, nil
}

// parseStack is Load of the text of a file.
func parseStack(text []byte) ([]Function, error) {
	services, err := parseServices(text)
	if err != nil {
		return nil, err
	}
	var functions []Function
	for _, name := range slices.Sorted(maps.Keys(services.Functions)) {
		f := Function{Name: name, Spec: services.Functions[name], Copy: services.StackConfiguration.CopyExtraPaths}
		f.Spec.Name = name
		if f.Spec.SkipBuild || f.Spec.Language == "" {
			continue
		}
		if err := f.check(); err != nil {
			return nil, err
		}
		functions = append(functions, f)
	}
	return functions, nil
}

// parseServices reads the text with the library of faas-cli. That panics at substitutions which
// cannot be carried out, such as one with a negative length.
func parseServices(text []byte) (services *stack.Services, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a substitution ${...} cannot be carried out: %v", cause)
		}
	}()
	return stack.ParseYAMLData(text, "", "", true)
}

// check returns an error for names and paths that would lead out of the build and
// template directories, and for missing fields.
func (f Function) check() error {
	switch {
	case f.Name != filepath.Base(f.Name) || !below(f.Name):
		return fmt.Errorf("function %q: the name must not be a path", f.Name)
	case !below(f.Spec.Language):
		return fmt.Errorf("function %s: lang must name a template, was: %q", f.Name, f.Spec.Language)
	case f.Spec.Handler == "":
		return fmt.Errorf("function %s: handler must be set", f.Name)
	case f.Spec.Image == "":
		return fmt.Errorf("function %s: image must be set", f.Name)
	}
	return nil
}

// below reports whether a path leads below a directory that it is joined to, and not to the
// directory itself.
func below(path string) bool { return filepath.IsLocal(path) && filepath.Clean(path) != "." }
