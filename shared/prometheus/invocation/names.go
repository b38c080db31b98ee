package invocation

import "strings"

// DefaultNamespace is that of a function whose label has no namespace: some versions of
// the gateway write "name", others "name.namespace", and one may write both.
const DefaultNamespace = "openfaas-fn"

// Names maps a label function_name of the store to a function, name.namespace. A label
// that is not in it belongs to a function that is not measured: it takes no memory. With
// nil, every label is a function.
type Names map[string]string

// NewNames returns the names of the given functions, with and without their namespace.
// A bare name of functions in several namespaces is that of the default namespace.
func NewNames(functions []string) Names {
	names := make(Names, 2*len(functions))
	for _, f := range functions {
		names[f] = f
		bare, namespace, _ := strings.Cut(f, ".")
		if _, taken := names[bare]; !taken || namespace == DefaultNamespace {
			names[bare] = f
		}
	}
	return names
}

// function returns the function of a label. ok is false if it is not measured.
func (n Names) function(label string) (name string, ok bool) {
	if n != nil {
		name, ok = n[label]
		return name, ok
	}
	if label != "" && !strings.Contains(label, ".") {
		label += "." + DefaultNamespace
	}
	return label, true
}

func (n Names) has(label string) bool {
	_, ok := n.function(label)
	return ok
}
