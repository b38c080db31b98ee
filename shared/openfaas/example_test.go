package openfaas_test

import (
	"fmt"

	"prewarm/shared/openfaas"
)

// A function is scaled as its labels and annotations state, with the defaults of the
// scaler for those that are missing.
func ExampleFunction_Scaling() {
	f := openfaas.Function{
		Name:        "thumbnail.openfaas-fn",
		Labels:      map[string]string{openfaas.LabelMax: "8", openfaas.LabelZero: "true"},
		Annotations: map[string]string{openfaas.AnnotationMode: "active", openfaas.AnnotationCostRatio: "0.05"},
	}
	s, err := f.Scaling(openfaas.Scaling{Mode: openfaas.ModeObserve, CostRatio: 0.1, Concurrency: 1})
	fmt.Println(s.Mode, s.Actuator, s.CostRatio, s.Concurrency, err)
	fmt.Println(s.Min, s.MinActive, s.Max)
	// Output:
	// active gateway 0.05 1 <nil>
	// 0 1 8
}

// A value that cannot be read is named, and the function is only observed.
func ExampleFunction_Scaling_unreadable() {
	f := openfaas.Function{Annotations: map[string]string{openfaas.AnnotationMode: "active", openfaas.AnnotationCostRatio: "cheap"}}
	s, err := f.Scaling(openfaas.Scaling{CostRatio: 0.1, Concurrency: 1})
	fmt.Println(s.Mode)
	fmt.Println(err)
	// Output:
	// observe
	// prewarm.cost-ratio must be auto or a number, was: "cheap"
}
