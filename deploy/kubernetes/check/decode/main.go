// Command decode reads objects as JSON, one per line, and decodes each strictly into
// the Go type of its apiVersion and kind in k8s.io/api. An unknown field, a value of
// the wrong type and an unknown kind are errors. It prints apiVersion, kind, namespace
// and name of each object.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	strict "sigs.k8s.io/json"
)

// types returns an empty value for each kind that the manifests use.
// They are new for each object, so that no field of the object before is left in them.
func types() map[string]any {
	return map[string]any{
		"v1 ConfigMap":                           &core.ConfigMap{},
		"v1 Secret":                              &core.Secret{},
		"v1 Service":                             &core.Service{},
		"apps/v1 Deployment":                     &apps.Deployment{},
		"apps/v1 StatefulSet":                    &apps.StatefulSet{},
		"batch/v1 Job":                           &batch.Job{},
		"policy/v1 PodDisruptionBudget":          &policy.PodDisruptionBudget{},
		"networking.k8s.io/v1 NetworkPolicy":     &networking.NetworkPolicy{},
		"autoscaling/v2 HorizontalPodAutoscaler": &autoscaling.HorizontalPodAutoscaler{},
	}
}

// head holds the fields that every object has.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "decode:", err)
		os.Exit(1)
	}
}

// run decodes every object. The error joins those of all objects.
func run(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	// A line is a whole object; the default of 64 KiB is less than a ConfigMap may have.
	lines.Buffer(nil, 16<<20)
	var failures []error
	for lines.Scan() {
		if err := decode(lines.Bytes(), out); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(append(failures, lines.Err())...)
}

// decode decodes one object and prints its name.
// A missing required field is not found: Go types do not mark them.
func decode(object []byte, out io.Writer) error {
	var h head
	if err := json.Unmarshal(object, &h); err != nil {
		return err
	}
	name := fmt.Sprintf("%s %s %s/%s", h.APIVersion, h.Kind, h.Metadata.Namespace, h.Metadata.Name)
	into, ok := types()[h.APIVersion+" "+h.Kind]
	if !ok {
		return fmt.Errorf("%s: no Go type for this kind", name)
	}
	// unknown holds the unknown and duplicate fields, err any other fault.
	unknown, err := strict.UnmarshalStrict(object, into)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = fmt.Fprintln(out, name)
	return err
}
