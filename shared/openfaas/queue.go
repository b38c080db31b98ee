package openfaas

import "strings"

// AnnotationQueue names the queue of a function, which is that of all functions otherwise.
//
// Source: docs.openfaas.com, page "Asynchronous Functions", section "Multiple queues".
const AnnotationQueue = "com.openfaas.queue"

// QueueOwners returns the function of each queue that serves one alone: the only one with
// this annotation, or if none has it, the only one of this name.
func QueueOwners(functions []Function) map[string]string {
	annotated, named := map[string][]string{}, map[string][]string{}
	for _, f := range functions {
		if q := strings.TrimSpace(f.Annotations[AnnotationQueue]); q != "" {
			annotated[q] = append(annotated[q], f.Name)
		}
		bare, _, _ := strings.Cut(f.Name, ".")
		named[bare], named[f.Name] = append(named[bare], f.Name), append(named[f.Name], f.Name)
	}
	owners := map[string]string{}
	for q, of := range named {
		if len(of) == 1 && len(annotated[q]) == 0 {
			owners[q] = of[0]
		}
	}
	for q, of := range annotated {
		if len(of) == 1 {
			owners[q] = of[0]
		}
	}
	return owners
}
