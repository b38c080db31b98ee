package stories

import "testing"

// besideAlertManager is the community edition, whose gateway keeps 1 to 5 replicas.
func besideAlertManager(w *world) {
	w.least, w.most = 1, 5
	w.withAlertManager()
}

func TestBesideAlertManager(t *testing.T) {
	expect(t, besideAlertManager, []pair{
		{"gateway", "constant", 5, 0, "alertmanager"},
		{"gateway", "foreseen", 5, 0, "alertmanager"},
		{"gateway", "unforeseen", 5, 0, "alertmanager"},
		{"gateway", "sparse", 1, 0, ""},
		{"gateway", "absent", 5, 0, "alertmanager"},
		{"gateway", "zero", 1, 0, "unknown"},
		{"hpa", "sparse", 1, 0, ""},
		{"keda", "sparse", 1, 0, ""},
	})
}
