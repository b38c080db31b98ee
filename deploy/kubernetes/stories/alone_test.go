package stories

import (
	"testing"
	"time"

	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// besideNothing is an edition that is not known, without any controller.
func besideNothing(w *world) { w.edition = openfaas.EditionUnknown }

func TestBesideNoController(t *testing.T) {
	expect(t, besideNothing, []pair{
		{"gateway", "constant", 2, 0, ""},
		{"gateway", "foreseen", 1, 0, ""},
		{"gateway", "unforeseen", 1, 3, ""},
		{"gateway", "sparse", 1, 0, ""},
		{"gateway", "zero", 0, 0, ""},
		{"gateway", "room", 1, 0, ""},
		{"openfaas", "foreseen", 1, 0, ""},
		{"hpa", "constant", 2, 0, ""},
		{"hpa", "foreseen", 1, 0, ""},
		{"hpa", "unforeseen", 1, 3, ""},
		{"hpa", "sparse", 1, 0, ""},
		{"keda", "constant", 2, 0, ""},
		{"keda", "foreseen", 1, 0, ""},
		{"keda", "unforeseen", 1, 3, ""},
		{"keda", "sparse", 1, 0, ""},
		{"keda", "zero", 0, 0, ""},
	})
}

// besideForgottenHPA is a cluster with an HPA that no annotation names. It scales by CPU.
func besideForgottenHPA(w *world) {
	w.edition = openfaas.EditionUnknown
	h := likeTheExample(1, 5)
	w.every(hpa.SyncPeriod, 9*time.Second, func() { w.set(h.Sync(w.now, w.replicas(), w.cpu), "hpa") })
}

func TestBesideAForgottenHPA(t *testing.T) {
	expect(t, besideForgottenHPA, []pair{
		{"gateway", "constant", 2, 0, ""},
		{"gateway", "foreseen", 1, 0, ""},
		{"gateway", "unforeseen", 1, 3, ""},
		{"gateway", "sparse", 1, 0, ""},
		{"gateway", "absent", 1, 0, "unknown"},
		{"gateway", "zero", 0, 0, ""},
		{"openfaas", "foreseen", 1, 0, ""},
		{"keda", "foreseen", 1, 0, ""},
	})
}
