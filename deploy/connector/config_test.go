package connector

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConfigurationDefaults(t *testing.T) {
	c, err := ReadConfig(env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Topics, []string{"prewarm.windows", "prewarm.forecasts"}) || c.Concurrency != 1 || c.DeadStream != "PREWARM_DEAD" {
		t.Errorf("unexpected defaults: %+v", c)
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../functions/CONFIGURATION.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Connector\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, err = ReadConfig(func(key string) string {
		shared := strings.HasPrefix(key, "nats_") || strings.HasPrefix(key, "gateway_") || key == "secrets_dir"
		if !shared && !strings.Contains(section, "`"+key) {
			t.Errorf("%s is not documented", key)
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A key that is set to the default that its table states changes nothing.
func TestDocumentedDefaultsAreThoseOfTheCode(t *testing.T) {
	text, err := os.ReadFile("../../functions/CONFIGURATION.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := ReadConfig(env(nil))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Connector\n")
	section, _, _ = strings.Cut(section, "\n## ")
	checked := 0
	for row := range strings.Lines(section) {
		cells := strings.Split(row, " | ")
		if len(cells) < 3 || strings.HasPrefix(cells[1], "none") || strings.HasPrefix(cells[1], "see") {
			continue
		}
		keys, defaults := strings.Split(strings.Trim(cells[0], "| "), ", "), strings.Split(cells[1], ", ")
		for i, key := range keys {
			key, value := strings.Trim(key, "`"), strings.Trim(defaults[min(i, len(defaults)-1)], "`")
			if !keyName.MatchString(key) {
				continue // the head of the table
			}
			checked++
			if got, err := ReadConfig(env(map[string]string{key: value})); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s=%s is not the default: %v", key, value, err)
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d keys were found", checked)
	}
}

// keyName is the form of a key of the configuration in the table.
var keyName = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$|^(topics|subscribers|shards|concurrency|listen)$`)

func TestEveryProblemIsNamed(t *testing.T) {
	for want, values := range map[string]map[string]string{
		"ack_wait must be between 1s":                        {"ack_wait": "1ms"},
		"max_deliver must be between 1":                      {"max_deliver": "0"},
		"backoff_max must be at least":                       {"backoff_min": "1m", "backoff_max": "1s"},
		`was: "prewarm.>"`:                                   {"topics": "prewarm.>"},
		`was: "cron-function"`:                               {"topics": "cron-function"},
		`was: "a.b" twice`:                                   {"topics": "a.b,a.b"},
		`entry for the topic "prewarm.d"`:                    {"topics": "prewarm.d"},
		`was: "prewarm.forecasts"`:                           {"subscribers": "prewarm.forecasts"},
		`was: "a=own.[x]"`:                                   {"subscribers": "prewarm.windows=a.b, a=own.[x]"},
		`was: "prewarm.*=a.b"`:                               {"subscribers": "prewarm.*=a.b"},
		`topic "prewarm.windows"`:                            {"subscribers": "prewarm.forecasts=own.fn"},
		"start_age must be between 1s":                       {"start_age": "0s"},
		"forget_after must be between 1m":                    {"forget_after": "1s"},
		"topics must name at least one":                      {"topics": " , "},
		"nats_url must be a URL":                             {"nats_url": "nats"},
		"nats_user, nats_token and":                          {"nats_user": "u", "nats_token": "t"},
		"nats_cert_file: open /nonexistent":                  {"nats_cert_file": "/nonexistent"},
		"nats_ca_file must hold certificates":                {"nats_ca_file": "parts_test.go"},
		"gateway_ca_file: open /nonexistent":                 {"gateway_ca_file": "/nonexistent"},
		"gateway_url must be a URL without user":             {"gateway_url": "http://admin:pw@gateway"},
		"dead_prefix must be":                                {"dead_prefix": "dead.*"},
		"consumer_prefix must":                               {"consumer_prefix": "a b"},
		"dead_stream must":                                   {"dead_stream": "A.B"},
		"nats_password_file: secret file: open /nonexistent": {"nats_password_file": "/nonexistent"},
		"basic-auth-user":                                    {"basic_auth": "true", "secret_mount_path": "/nonexistent"},
	} {
		if _, err := ReadConfig(env(values)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q, got %v", values, want, err)
		}
	}
}

// TestTheUserOfNATSIsASecretAsOfTheFunctions mounts one secret for functions and connector:
// it takes precedence over keys.
func TestTheUserOfNATSIsASecretAsOfTheFunctions(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"nats-user": "prewarm\n", "nats-password": "pw\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := ReadConfig(env(map[string]string{"secrets_dir": dir, "nats_user": "other", "nats_password": "other"}))
	if err != nil || c.NATS.Username != "prewarm" || c.NATS.Password != "pw" {
		t.Errorf("got %+v, %v", c.NATS, err)
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

func env(values map[string]string) func(string) string {
	return func(key string) string { return values[key] }
}

func containsAll(text string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}
