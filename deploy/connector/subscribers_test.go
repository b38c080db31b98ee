package connector

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

func TestWhoMayReceiveASubject(t *testing.T) {
	const own = suiteSubscribers + ",prewarm.forecasts=audit.team-a,prewarm.windows=*.team-b,prewarm.windows=log*"
	for _, row := range []struct {
		entries, subject, function string
		allowed                    bool
	}{
		{suiteSubscribers, "prewarm.windows", "predictor.openfaas-fn", true},
		{suiteSubscribers, "prewarm.forecasts", "scaler.openfaas-fn", true},
		{suiteSubscribers, "prewarm.forecasts", "scaler", true}, // a provider without namespaces
		{suiteSubscribers, "prewarm.forecasts", "scaler.team-a", false},
		{suiteSubscribers, "prewarm.forecasts", "predictor.openfaas-fn", false},
		{suiteSubscribers, "prewarm.forecasts", "my-scaler.openfaas-fn", false},
		{suiteSubscribers, "prewarm.forecasts", "scaler.openfaas-fn.team-a", false},
		{suiteSubscribers, "prewarm.forecasts", "", false},
		{suiteSubscribers, "prewarm.decisions", "scaler.openfaas-fn", false}, // no entry
		{suiteSubscribers, "orders.new", "shop.team-a", true},                // not of the suite
		{"orders.new=shop.team-a", "orders.new", "shop.team-a", true},
		{"orders.new=shop.team-a", "orders.new", "spy.team-a", false},
		{own, "prewarm.forecasts", "scaler.openfaas-fn", true},
		{own, "prewarm.forecasts", "audit.team-a", true},
		{own, "prewarm.windows", "audit.team-a", false},
		{own, "prewarm.windows", "any.team-b", true},
		{own, "prewarm.windows", "any.team-bc", false},
		{own, "prewarm.windows", "logger.team-c", true},
		{own, "prewarm.windows", "a/b.team-b", false}, // not the name of a function
	} {
		s, err := parseSubscribers(row.entries)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.allow(subscriber{row.subject, row.function}); got != row.allowed {
			t.Errorf("%s for %q with %s: got %v", row.subject, row.function, row.entries, got)
		}
	}
}

// transcript is a log that tests read.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *transcript) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func TestAFunctionWithATopicOfTheSuiteIsRefused(t *testing.T) {
	w := newNeighbourhood(t)
	var log transcript
	w.log = &log
	var err error
	if w.config.Subscribers, err = parseSubscribers(suiteSubscribers); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.steps(1, 3)
	w.inOrderOnce(3)
	w.awaitExport("prewarm_connector_refused_functions", `
		prewarm_connector_refused_functions{subject="prewarm.forecasts"} 1
		prewarm_connector_refused_functions{subject="prewarm.windows"} 1`)
	w.awaitExport("prewarm_connector_functions", `
		prewarm_connector_functions{subject="prewarm.forecasts"} 1
		prewarm_connector_functions{subject="prewarm.windows"} 1`)
	if n := len(w.gateway.calls("neighbour")); n != 0 {
		t.Errorf("the neighbour got %d messages", n)
	}

	// Each subject has one line in the log, however often the function is listed.
	w.awaitLookups(3)
	if n := log.count("function refused"); n != 2 {
		t.Errorf("want one line for each subject, got %d", n)
	}

	// It leaves, and comes back.
	w.gateway.remove("neighbour")
	w.awaitExport("prewarm_connector_refused_functions", `
		prewarm_connector_refused_functions{subject="prewarm.forecasts"} 0
		prewarm_connector_refused_functions{subject="prewarm.windows"} 0`)
	w.gateway.deploy("neighbour", "prewarm.forecasts")
	w.eventually("it is logged again", func() bool { return log.count("function refused") == 3 })
}

func TestAFunctionOfOnesOwnIsAllowedByAnEntry(t *testing.T) {
	w := newNeighbourhood(t)
	var err error
	if w.config.Subscribers, err = parseSubscribers(suiteSubscribers + ",prewarm.forecasts=neighbour.openfaas-fn"); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.steps(1, 2)
	w.awaitSettledBy("prewarm.forecasts", "neighbour", 2)
	if n := len(w.gateway.calls("neighbour")); n != 2 {
		t.Errorf("want two forecasts and no windows, got %d calls", n)
	}
}
