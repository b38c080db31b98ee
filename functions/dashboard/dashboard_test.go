package dashboard

import (
	"context"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

func mustContain(t *testing.T, text string, wants ...string) {
	t.Helper()
	plain := html.UnescapeString(text)
	for _, want := range wants {
		if !strings.Contains(plain, want) {
			t.Errorf("missing: %s", want)
		}
	}
}

func TestThePageShowsEveryFunction(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "shop.openfaas-fn", "mail.openfaas-fn")
	w := get(d, "/")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %d, %v", w.Code, w.Header())
	}
	mustContain(t, w.Body.String(), `href="?function=shop.openfaas-fn"`, `href="?function=mail.openfaas-fn"`,
		"calls of the last 180 steps, at most 3 in one", `0 <span aria-hidden="true">→</span>`,
		"chance of a call within 2 steps is 84.0 %", `<span class="mode active">`, `<dt>Functions</dt><dd id="sum-functions">2</dd>`, "30s ago",
		`<meta http-equiv="refresh" content="30">`)
	if strings.Contains(w.Body.String(), `class="notice`) {
		t.Error("nothing is wrong, but the page has a notice")
	}
}

func TestTheFilterSelectsFunctions(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "shop.openfaas-fn", "mail.openfaas-fn")
	page := get(d, "/?q=shop").Body.String()
	if !strings.Contains(page, "shop") || strings.Contains(page, "function=mail") {
		t.Error("q=shop must select shop alone")
	}
	mustContain(t, get(d, "/?q=nothing").Body.String(), `None of the <span id="known">2</span> functions matches <code>nothing</code>`)
}

func TestAFunctionHasItsOwnPage(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "shop.openfaas-fn")
	w := get(d, "/?function=shop.openfaas-fn")
	mustContain(t, w.Body.String(), "<h1>shop.openfaas-fn</h1>", "Calls per step", "Needed replicas", "Chance of a call, in %",
		`class="q99"`, "Chance of a call within the lookahead of 2 minutes</dt><dd>84.0 %", "<dd>4.2 s</dd>", "<dd>0 to 5</dd>", "lstm-1", "Last decisions", "Lookahead 2 minutes; cost ratio 5.0 %; chance that more are needed 2.0 %; readiness time 4.2 s", "2026-09-21 14:14:02")
	if w := get(d, "/?function=gone.openfaas-fn"); w.Code != http.StatusNotFound {
		t.Errorf("got %d", w.Code)
	} else {
		mustContain(t, w.Body.String(), "No message has named <code>gone.openfaas-fn</code>")
	}
}

func TestAnAssumedReadinessTimeIsMarked(t *testing.T) {
	d := newFake(t, &fakeSource{})
	one := decision("shop.openfaas-fn", origin)
	one.Inputs.ReadinessMeasured = false
	if err := d.receiver.decisions(seal(t, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{one}})); err != nil {
		t.Fatal(err)
	}
	mustContain(t, get(d, "/?function=shop.openfaas-fn").Body.String(), "<dd>4.2 s, assumed</dd>")
}

func TestAFunctionWithoutForecastSaysWhy(t *testing.T) {
	d := newFake(t, &fakeSource{})
	body := seal(t, event.TypeForecasts, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{{
		Function: "new.ns", Origin: origin, StepSeconds: 60, NoData: "two of three steps are known",
		Observation: event.Observation{InFlight: -1},
	}}})
	if err := d.receiver.forecasts(body); err != nil {
		t.Fatal(err)
	}
	mustContain(t, get(d, "/?function=new.ns").Body.String(), "There is no forecast: two of three steps are known",
		"No window of this function has arrived yet", "The scaler has made no decision")
	mustContain(t, get(d, "/").Body.String(), "none yet", unknown)
}

func TestTheEmptyPageHelps(t *testing.T) {
	mustContain(t, get(newFake(t, &fakeSource{}), "/").Body.String(),
		"No function has been seen yet", "faas-cli logs collector", "topic: cron-function", "waiting for the first message")
}

func TestFailuresAreShownOnThePage(t *testing.T) {
	for want, fail := range map[string]func(*Dashboard, *fakeSource){
		"NATS does not answer, so the page shows the last known state (no route)": func(_ *Dashboard, s *fakeSource) { s.health = errors.New("no route") },
		"Scaling is paused by the operator":                                       func(_ *Dashboard, s *fakeSource) { s.paused = true },
		"Scaling is paused, because somebody else set it. Pause or resume here":   func(_ *Dashboard, s *fakeSource) { s.paused, s.pauseNote = true, "somebody else set it" },
		"Scaling is paused, because the value in NATS cannot be trusted":          func(_ *Dashboard, s *fakeSource) { s.paused, s.pauseNote = true, "the value in NATS cannot be trusted" },
		"Scaling is not paused, but NATS has lost the switch":                     func(_ *Dashboard, s *fakeSource) { s.pauseNote = "NATS has lost the switch" },
		"The pause switch cannot be read, so nothing is scaled (no stream)":       func(_ *Dashboard, s *fakeSource) { s.switchError = errors.New("no stream") },
		"1 messages were refused, because they are of another cluster":            func(d *Dashboard, _ *fakeSource) { d.receiver.count("x", event.ErrAudience) },
		"1 messages were refused, because their signature does not match":         func(d *Dashboard, _ *fakeSource) { d.receiver.count("x", event.ErrSignature) },
		"1 messages were refused, because their step lies in the future":          func(d *Dashboard, _ *fakeSource) { d.receiver.count("x", aheadError{time.Hour}) },
		"1 messages were refused as malformed":                                    func(d *Dashboard, _ *fakeSource) { d.receiver.count("x", event.ErrPayload) },
		"No message for 4m0s": func(d *Dashboard, _ *fakeSource) {
			d.now = func() time.Time { return time.Unix(origin+240, 0) }
		},
	} {
		source := &fakeSource{}
		d := newFake(t, source)
		feed(t, d, "shop.openfaas-fn")
		if page := get(d, "/").Body.String(); strings.Contains(html.UnescapeString(page), want) {
			t.Fatalf("%s: shown before the failure", want)
		}
		fail(d, source)
		mustContain(t, get(d, "/").Body.String(), want)
	}
}

func TestAnUnreadablePauseSwitchIsNullAndNotFalse(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	for _, c := range []struct {
		story, want string
		fail        func()
	}{
		{"scaling is not paused", `"paused":false`, func() {}},
		{"scaling is paused", `"paused":true`, func() { source.paused = true }},
		{"JetStream does not answer", `"paused":null`, func() { source.paused, source.switchError = false, errors.New("no stream") }},
		{"NATS does not answer", `"paused":null`, func() { source.health = errors.New("no route") }},
	} {
		c.fail()
		if got := get(d, "/api/status").Body.String(); !strings.Contains(got, c.want) {
			t.Errorf("%s: want %s, was: %s", c.story, c.want, got)
		}
	}
}

// A cluster with the same key is no forger: the operator has to set names and accounts right.
func TestMessagesOfAnotherClusterAreCountedApart(t *testing.T) {
	d := newFake(t, &fakeSource{})
	batch := event.Windows{Windows: []event.FunctionWindow{window("hello.ns", 10)}}
	_, body, err := event.Seal(event.NewKeys("eu-2", []byte(key)), event.TypeWindows, origin, "0", &batch)
	if err != nil {
		t.Fatal(err)
	}
	d.receiver.count(event.TypeWindows, d.receiver.windows(body))
	if d.receiver.foreign.Load() != 1 || d.receiver.forged.Load() != 0 || d.receiver.invalid.Load() != 0 {
		t.Errorf("got %d of another cluster, %d forged", d.receiver.foreign.Load(), d.receiver.forged.Load())
	}
	w := httptest.NewRecorder()
	d.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	mustContain(t, w.Body.String(), `prewarm_dashboard_messages_total{result="foreign",subject="prewarm.windows"} 1`)
}

func TestForgedMessagesAreCountedAndNotShown(t *testing.T) {
	d, forger := newFake(t, &fakeSource{}), event.NewKeys("", []byte("fedcba9876543210"))
	batch := event.Windows{Windows: []event.FunctionWindow{window("evil.ns", 10)}}
	_, body, err := event.Seal(forger, event.TypeWindows, origin, "0", &batch)
	if err != nil {
		t.Fatal(err)
	}
	for _, read := range []func([]byte) error{d.receiver.windows, d.receiver.forecasts, d.receiver.decisions} {
		d.receiver.count("prewarm.windows", read(body))
	}
	if d.receiver.forged.Load() != 1 || d.receiver.invalid.Load() != 2 {
		t.Errorf("one forged and two of other types, got %d and %d", d.receiver.forged.Load(), d.receiver.invalid.Load())
	}
	if page := get(d, "/?function=evil.ns"); page.Code != http.StatusNotFound {
		t.Error("a forged function is shown")
	}
	w := httptest.NewRecorder()
	d.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	mustContain(t, w.Body.String(), `prewarm_dashboard_messages_total{result="forged",subject="prewarm.windows"} 1`, "prewarm_dashboard_functions 0")
}

func TestHostileTextIsEscaped(t *testing.T) {
	d := newFake(t, &fakeSource{})
	const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
	bad := decision("shop.ns", origin)
	bad.Reason, bad.Mode, bad.Direction = hostile, `"><b>`, `x" onclick="y`
	d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{bad}})
	named := decision(hostile, origin)
	d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{named}})
	targets := []string{"/", "/?function=shop.ns", "/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/?function=%3Cscript%3Ealert(1)"}
	for _, target := range targets {
		page := get(d, target).Body.String()
		for _, raw := range []string{"<script>", "<img", "<b>", ` onclick="`} {
			if strings.Contains(page, raw) {
				t.Errorf("%s: %s is not escaped", target, raw)
			}
		}
	}
}

func TestThePolicyAllowsTheStyleSheetAndNoInlineScript(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "shop.ns")
	for _, target := range []string{"/", "/?function=shop.ns", "/?page=savings", "/?page=alerts"} {
		w := get(d, target)
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
		page := w.Body.String()
		if !strings.Contains(page, "<style>"+uplotStyle+styleText+"</style>") {
			t.Error("the style on the page is not the one that was hashed")
		}
		for _, script := range strings.Split(page, "<script")[1:] {
			if !strings.HasPrefix(script, ` src="?asset=`) || !strings.Contains(script, ` defer></script>`) {
				t.Errorf("%s: an inline script: %.80s", target, script)
			}
		}
		if strings.Contains(page, " style=") || strings.Contains(page, "javascript:") {
			t.Errorf("%s: the page has what the policy forbids", target)
		}
	}
}

func TestMessagesOfTheStreamsAreShown(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { d.receiver.follow(ctx, source, time.Hour); close(ended) }()
	source.channel(event.TypeDecisions) <- seal(t, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{decision("shop.ns", origin)}})
	source.channel(event.TypeWindows) <- []byte("not an envelope")
	source.channel(event.TypeForecasts) <- nil // this subject fails, the others continue
	testbed.Eventually(t, "the decision is shown and the malformed message counted", func() bool {
		return get(d, "/?function=shop.ns").Code == http.StatusOK && d.receiver.invalid.Load() == 1
	})
	cancel()
	<-ended
}

func TestNewStartsWithoutNATSAndShowsIt(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "prewarm-hmac-key"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"secrets_dir": dir, "nats_url": "nats://127.0.0.1:1", "step": "1s"}
	d, err := New(t.Context(), func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	mustContain(t, get(d, "/").Body.String(), "NATS does not answer", `content="2"`)
}

func TestBadConfigurationIsNamed(t *testing.T) {
	env := map[string]string{"secrets_dir": t.TempDir(), "dashboard_max_functions": "0", "dashboard_history": "1ms", "currency": "pieces of eight", "price_per_gb_second": "-1"}
	_, err := New(t.Context(), func(k string) string { return env[k] })
	if err == nil {
		t.Fatal("no error")
	}
	mustContain(t, err.Error(), "secret prewarm-hmac-key", "dashboard_max_functions must be between 1 and", "dashboard_history must be between 1s",
		`currency must have at most 8 characters, was: "pieces of eight"`, "price_per_gb_second must be between 0 and 1000, was: -1")
}
