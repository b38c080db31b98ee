package buildcontext

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzParseStack reads any text as a stack file. The build of a function stays below its
// own directory.
func FuzzParseStack(f *testing.F) {
	f.Add([]byte(project["stack.yml"]))
	f.Add([]byte("provider: {name: openfaas}\nfunctions:\n  ../up: {lang: plain, handler: h, image: i}\n"))
	f.Add([]byte("provider: {name: openfaas}\nfunctions:\n  a: &a {lang: ../plain, handler: ${A:-${B:-h}}, image: i}\n  b: *a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		functions, err := parseStack(text)
		if err != nil {
			return
		}
		if !slices.IsSortedFunc(functions, func(a, b Function) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("not sorted: %+v", functions)
		}
		for _, one := range functions {
			if filepath.Dir(filepath.Join("build", one.Name)) != "build" || filepath.Join("template", one.Spec.Language) == "template" || !filepath.IsLocal(one.Spec.Language) || one.Spec.Handler == "" || one.Spec.Image == "" {
				t.Errorf("accepted %+v", one)
			}
		}
	})
}
