package scaler

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

func TestLongAnnotationsDoNotMakeTheMessageTooLarge(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	fs := []event.Forecast{w.forecast(name, 2)}
	for i := range 40 {
		f := w.forecast(fmt.Sprintf("f%d.openfaas-fn", i), 1)
		w.deploy(f.Function, 0, openfaas.Mode(strings.Repeat("x", 30_000)))
		fs = append(fs, f)
	}
	w.post(w.seal(fs...), 200)
	if n := len(w.decisions()); n != len(fs) {
		t.Fatalf("%d decisions in the stream, want %d", n, len(fs))
	}
	if d := w.last(); !strings.Contains(d.Reason, "prewarm.mode must be one of") || !strings.Contains(d.Reason, "chance of a call") {
		t.Errorf("the reason must name the problem and the rule: %s", d.Reason)
	}
}

func TestDeletedFunctionsAreForgottenAfterAWhile(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.deploy("other.openfaas-fn", 0, openfaas.ModeActive)
	delete(w.functions, name)
	w.tick()
	w.post(w.seal(w.forecast("other.openfaas-fn", 1)), 200)
	if _, ok := w.scaler.state.functions[name]; !ok {
		t.Error("a function that is missing from one list is forgotten")
	}
	w.now = w.now.Add(2 * time.Hour)
	w.post(w.seal(w.forecast("other.openfaas-fn", 1)), 200)
	if _, ok := w.scaler.state.functions[name]; ok {
		t.Error("a function that was deleted hours ago is still known")
	}
}

func TestAnUnauthenticatedRequestWritesLittleToTheLog(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	malformed := []byte(`{"version":1,"type":"prewarm.forecasts","id":"` + strings.Repeat("x", 100_000) + `"}`)
	for level, want := range map[slog.Level]string{slog.LevelInfo: "", slog.LevelDebug: "id must have"} {
		var log strings.Builder
		w.scaler.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level}))
		w.post(malformed, 400)
		if !strings.Contains(log.String(), want) || want == "" && log.Len() > 0 || log.Len() > 1000 {
			t.Errorf("level %v: the log has %d bytes: %.500s", level, log.Len(), log.String())
		}
	}
}
