package stories

import (
	"testing"

	"prewarm/shared/openfaas"
)

// besideAutoscaler is OpenFaaS Standard with its autoscaler, which scales by calls per second
// unless it follows prewarm.
func besideAutoscaler(w *world) {
	w.edition = openfaas.Standard
	if w.notes[openfaas.AnnotationZero] == "true" {
		w.labels[openfaas.LabelMax], w.notes[openfaas.AnnotationMax] = "1", "5"
	}
	if w.notes[openfaas.AnnotationActuator] != string(openfaas.ActuatorOpenFaaS) {
		w.withAutoscaler()
	}
}

func TestBesideTheAutoscaler(t *testing.T) {
	expect(t, besideAutoscaler, []pair{
		{"gateway", "constant", 1, 0, "autoscaler"},
		{"gateway", "foreseen", 1, 3, "autoscaler"},
		{"gateway", "unforeseen", 1, 3, ""},
		{"gateway", "absent", 1, 0, "autoscaler"},
		{"gateway", "sparse", 1, 0, ""},
		{"gateway", "room", 1, 0, ""},
		{"gateway", "zero", 0, 0, ""},
		{"openfaas", "constant", 2, 0, ""},
		{"openfaas", "foreseen", 1, 0, ""},
		{"openfaas", "unforeseen", 1, 3, ""},
		{"openfaas", "absent", 3, 0, ""},
		{"openfaas", "sparse", 1, 0, ""},
		{"openfaas", "zero", 0, 0, ""},
		{"hpa", "room", 1, 0, ""},
		{"keda", "room", 1, 0, ""},
		{"keda", "zero", 0, 0, ""},
	})
}
