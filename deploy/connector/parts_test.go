package connector

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"
)

func TestResultOfAStatus(t *testing.T) {
	for status, want := range map[int]result{
		200: delivered, 202: delivered, 204: delivered,
		409: duplicate,
		400: refused, 401: refused, 403: refused, 413: refused, 422: refused,
		301: failed, 404: failed, 405: failed, 408: failed, 429: failed,
		500: failed, 502: failed, 503: failed, 504: failed,
	} {
		if got := resultOf(status); got != want {
			t.Errorf("%d: want %s, got %s", status, want, got)
		}
	}
}

func TestBackoffDoublesUpToTheMaximum(t *testing.T) {
	const least, most = time.Second, 10 * time.Second
	full := 0.999999999
	for try, want := range map[uint64]time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 10, 6: 10, 1 << 60: 10} {
		got := backoff(try, least, most, full).Round(time.Millisecond)
		if got != want*time.Second {
			t.Errorf("try %d: want %v, got %v", try, want*time.Second, got)
		}
		if half := backoff(try, least, most, 0); half != want*time.Second/2 {
			t.Errorf("try %d: want at least a half, got %v", try, half)
		}
	}
}

// reported is a message that counts reports of progress.
type reported struct {
	jetstream.Msg
	n atomic.Int64
}

func (r *reported) InProgress() error { r.n.Add(1); return nil }

func TestProgressIsReportedThreeTimesPerAckWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var msg reported
		stop := (&delivery{config: Config{AckWait: 30 * time.Second}}).keepAlive(&msg)
		time.Sleep(time.Minute + time.Second)
		stop()
		time.Sleep(time.Minute)
		if n := msg.n.Load(); n != 6 {
			t.Errorf("%d reports in a minute, want 6 and none afterwards", n)
		}
	})
}

func TestSettledCacheEvictsTheOldest(t *testing.T) {
	c := newSettledCache()
	id := func(n int) messageID { return messageID{stream: "S", sequence: uint64(n)} }
	for n := range settledLimit + 10 {
		c.set(id(n), delivered)
	}
	if len(c.results) != settledLimit || len(c.order) != settledLimit {
		t.Errorf("holds %d and %d messages", len(c.results), len(c.order))
	}
	if c.get(id(9)) != "" || c.get(id(10)) != delivered {
		t.Error("the evicted messages must be the oldest")
	}
	c.remove(id(10))
	if c.get(id(10)) != "" {
		t.Error("a removed message is still there")
	}
}

func TestSettledCacheDistinguishesAStreamThatWasCreatedAgain(t *testing.T) {
	c := newSettledCache()
	old := messageID{stream: "S", sequence: 1, stored: time.Unix(1, 0)}
	c.set(old, delivered)
	anew := old
	anew.stored = time.Unix(2, 0)
	if c.get(anew) != "" {
		t.Error("a message of the new stream was mistaken for one of the old stream")
	}
}

func TestAnAnswerThatIsNoListIsAnError(t *testing.T) {
	for _, body := range []string{"", "{}", "not found", `[{"name":`} {
		_, err := lookUp(context.Background(), GatewayConfig{URL: "http://gateway"}, listing(body))
		if err == nil {
			t.Errorf("%q was taken for a list of functions", body)
		}
	}
}

func TestConfigurationDefaults(t *testing.T) {
	c, err := ReadConfig(env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Topics, []string{"prewarm.windows", "prewarm.forecasts"}) || c.Concurrency != 1 || c.DeadStream != "PREWARM_DEAD" {
		t.Errorf("unexpected defaults: %+v", c)
	}
}

func TestEveryProblemIsNamed(t *testing.T) {
	for want, values := range map[string]map[string]string{
		"ack_wait must be between 1s":            {"ack_wait": "1ms"},
		"max_deliver must be between 1":          {"max_deliver": "0"},
		"backoff_max must be at least":           {"backoff_min": "1m", "backoff_max": "1s"},
		`was: "prewarm.>"`:                       {"topics": "prewarm.>"},
		`was: "cron-function"`:                   {"topics": "cron-function"},
		`was: "a.b" twice`:                       {"topics": "a.b,a.b"},
		`entry for the topic "prewarm.d"`:        {"topics": "prewarm.d"},
		`was: "prewarm.forecasts"`:               {"subscribers": "prewarm.forecasts"},
		`was: "a=own.[x]"`:                       {"subscribers": "prewarm.windows=a.b, a=own.[x]"},
		`was: "prewarm.*=a.b"`:                   {"subscribers": "prewarm.*=a.b"},
		`topic "prewarm.windows"`:                {"subscribers": "prewarm.forecasts=own.fn"},
		"start_age must be between 1s":           {"start_age": "0s"},
		"forget_after must be between 1m":        {"forget_after": "1s"},
		"topics must name at least one":          {"topics": " , "},
		"nats_url must be a URL":                 {"nats_url": "nats"},
		"nats_user, nats_token and":              {"nats_user": "u", "nats_token": "t"},
		"nats_cert_file: open /nonexistent":      {"nats_cert_file": "/nonexistent"},
		"nats_ca_file must hold certificates":    {"nats_ca_file": "parts_test.go"},
		"gateway_ca_file: open /nonexistent":     {"gateway_ca_file": "/nonexistent"},
		"gateway_url must be a URL without user": {"gateway_url": "http://admin:pw@gateway"},
		"dead_prefix must be":                    {"dead_prefix": "dead.*"},
		"consumer_prefix must":                   {"consumer_prefix": "a b"},
		"dead_stream must":                       {"dead_stream": "A.B"},
		"secret file: open /nonexistent":         {"nats_password_file": "/nonexistent"},
		"basic-auth-user":                        {"basic_auth": "true", "secret_mount_path": "/nonexistent"},
	} {
		if _, err := ReadConfig(env(values)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q, got %v", values, want, err)
		}
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"basic-auth-user": "admin\n", "basic-auth-password": "pw\n", "nats": "npw\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := ReadConfig(env(map[string]string{
		"basic_auth": "true", "secret_mount_path": dir, "nats_user": "n", "nats_password_file": filepath.Join(dir, "nats"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if c.Gateway.Username != "admin" || c.Gateway.Password != "pw" || c.NATS.Password != "npw" {
		t.Errorf("secrets misread: %+v", c)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add("prewarm.windows,prewarm.forecasts", suiteSubscribers, "30s", "10", "nats://nats:4222")
	f.Add("a.b, a-b", "a.b=*.fn,a.b=f.*", "-1s", "1e9", "tls://u:p@h")
	f.Fuzz(func(t *testing.T, topics, subscribers, ackWait, tries, address string) {
		c, err := ReadConfig(env(map[string]string{
			"topics": topics, "subscribers": subscribers, "ack_wait": ackWait, "max_deliver": tries, "nats_url": address,
		}))
		if err != nil {
			return
		}
		if c.MaxDeliver < 1 || c.AckWait < time.Second || len(c.Topics) == 0 {
			t.Errorf("taken: %+v", c)
		}
		for _, topic := range c.Topics {
			if c.Subscribers.restrict(topic) && len(c.Subscribers[topic]) == 0 {
				t.Errorf("no function can receive %q", topic)
			}
		}
	})
}

func FuzzTopicAnnotation(f *testing.F) {
	f.Add("prewarm.forecasts, prewarm.windows")
	f.Add("a, b,a ,,")
	f.Add(",,\x00,")
	f.Fuzz(func(t *testing.T, annotation string) {
		for topic, functions := range lookUpAnnotations(t, annotation) {
			if topic == "" || strings.Contains(topic, ",") || strings.TrimSpace(topic) != topic {
				t.Errorf("%q became the topic %q", annotation, topic)
			}
			for _, function := range functions {
				if function != "f.openfaas-fn" {
					t.Errorf("%q: the function %q", topic, function)
				}
			}
		}
	})
}

func FuzzFunctionList(f *testing.F) {
	f.Add(`[{"name":"f","annotations":{"topic":"a"}}]`)
	f.Add(`[{"name":1}]`)
	f.Fuzz(func(t *testing.T, body string) {
		functions, err := lookUp(context.Background(), GatewayConfig{URL: "http://gateway"}, listing(body))
		if err == nil && !json.Valid([]byte(body)) {
			t.Errorf("%q gave %v", body, functions)
		}
	})
}

func FuzzOneLine(f *testing.F) {
	f.Add("answered 500: a\r\nInjected: header")
	f.Add(strings.Repeat("é", causeLimit))
	f.Fuzz(func(t *testing.T, text string) {
		got := oneLine(text)
		if len(got) > causeLimit || strings.ContainsAny(got, "\r\n\x00") || !utf8.ValidString(got) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

// listing is a gateway that answers every request with its namespaces or body.
type listing string

func (l listing) RoundTrip(req *http.Request) (*http.Response, error) {
	body := string(l)
	if req.URL.Path == "/system/namespaces" {
		body = `["openfaas-fn"]`
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// lookUpAnnotations looks up one function with the annotation.
func lookUpAnnotations(t *testing.T, annotation string) map[string][]string {
	t.Helper()
	body, err := json.Marshal([]map[string]any{{"name": "f", "annotations": map[string]string{"topic": annotation}}})
	if err != nil {
		t.Fatal(err)
	}
	functions, err := lookUp(context.Background(), GatewayConfig{URL: "http://gateway"}, listing(body))
	if err != nil {
		t.Fatal(err)
	}
	return functions
}

func env(values map[string]string) func(string) string {
	return func(key string) string { return values[key] }
}

func containsAll(text string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}
