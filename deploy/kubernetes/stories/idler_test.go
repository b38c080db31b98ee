package stories

import (
	"testing"

	"prewarm/deploy/local/controller/idler"
	"prewarm/shared/openfaas"
)

// besideIdler is OpenFaaS Standard with its idler. Equal labels switch the autoscaler off.
func besideIdler(w *world) {
	w.edition = openfaas.Standard
	if w.notes[openfaas.AnnotationZero] != "true" {
		w.labels[openfaas.LabelZero] = "true"
	}
	if w.notes[openfaas.AnnotationActuator] == string(openfaas.ActuatorGateway) {
		w.labels[openfaas.LabelMax], w.notes[openfaas.AnnotationMax] = "1", "5"
	}
	w.withIdler(idler.Standard())
}

func TestBesideTheIdler(t *testing.T) {
	expect(t, besideIdler, []pair{
		{"gateway", "constant", 2, 0, ""},
		{"gateway", "foreseen", 1, 0, ""},
		{"gateway", "unforeseen", 1, 3, ""},
		{"gateway", "absent", 3, 0, ""},
		{"gateway", "sparse", 0, 7, "idler"},
		{"gateway", "zero", 0, 0, ""},
		{"openfaas", "constant", 2, 0, ""},
		{"openfaas", "foreseen", 1, 0, ""},
		{"openfaas", "unforeseen", 1, 3, ""},
		{"openfaas", "sparse", 0, 7, "idler"},
		{"openfaas", "zero", 0, 0, ""},
		{"hpa", "constant", 2, 0, ""},
		{"hpa", "foreseen", 1, 0, ""},
		{"hpa", "unforeseen", 1, 3, ""},
		{"hpa", "sparse", 1, 9, ""},
		{"keda", "constant", 2, 0, ""},
		{"keda", "foreseen", 1, 0, ""},
		{"keda", "unforeseen", 1, 3, ""},
		{"keda", "sparse", 0, 0, ""},
		{"keda", "zero", 0, 0, ""},
	})
}
