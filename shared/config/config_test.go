package config_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prewarm/shared/config"
)

func env(values map[string]string) func(string) string {
	return func(key string) string { return values[key] }
}

func TestAnAbsentKeyHasItsDefault(t *testing.T) {
	r := config.NewReader(env(nil))
	if r.Int("n", 7, 1, 9) != 7 || r.Float("f", 0.5, 0, 1) != 0.5 || r.String("s", "x") != "x" ||
		r.Duration("d", time.Minute, time.Second, time.Hour) != time.Minute || !r.Bool("b", true) ||
		r.OneOf("m", "observe", "active") != "observe" || r.URL("u", "http://gw:8080/", "http") != "http://gw:8080" {
		t.Error("some key does not have its default")
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
}

func TestEveryErrorNamesKeyBoundAndValue(t *testing.T) {
	r := config.NewReader(env(map[string]string{
		"step": "10ms", "horizon_steps": "0", "cost_ratio": "NaN", "batch": "many",
		"mode": "on", "pause": "maybe", "ratio": "cheap", "dear": "Inf", "gateway_url": "ftp://admin:hunter2@host",
	}))
	r.Duration("step", time.Minute, time.Second, time.Hour)
	r.Int("horizon_steps", 60, 1, 60)
	r.Float("cost_ratio", 0.1, 0, 1)
	r.FloatOrAuto("ratio", 0.1, 0.01, 1)
	r.FloatOrAuto("dear", 0.1, 0.01, 1)
	r.Int("batch", 50, 1, 1000)
	r.OneOf("mode", "observe", "active", "off")
	r.Bool("pause", false)
	r.URL("gateway_url", "http://gateway", "http", "https")
	text := r.Err().Error()
	for _, want := range []string{
		"step must be between 1s and 1h0m0s, was: 10ms",
		"horizon_steps must be between 1 and 60, was: 0",
		"cost_ratio must be between 0 and 1, was: NaN",
		`ratio must be auto or a number, was: "cheap"`,
		"dear must be between 0.01 and 1, was: +Inf",
		`batch must be a whole number, was: "many"`,
		`mode must be one of observe, active, off, was: "on"`,
		`pause must be true or false, was: "maybe"`,
		"gateway_url must be a URL with scheme http or https",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "hunter2") {
		t.Error("a password reached the error text")
	}
}

func TestANumberMayBeLeftToTheProgram(t *testing.T) {
	for text, want := range map[string]float64{"": 0.1, "0.5": 0.5, "auto": config.Auto, " auto\n": config.Auto} {
		r := config.NewReader(env(map[string]string{"ratio": text}))
		if got := r.FloatOrAuto("ratio", 0.1, 0.01, 1); got != want || r.Err() != nil {
			t.Errorf("%q: got %v (%v), want %v", text, got, r.Err(), want)
		}
	}
}

func TestAURLNeedsASchemeAHostAndAValidPort(t *testing.T) {
	for text, want := range map[string]string{
		"http://gw:8080/x":        "",
		"http://[::1]:65535":      "",
		"http://gw":               "",
		"http://u:hunter2@gw:0":   `must be a URL with a port from 1 to 65535, was: "http://u:xxxxx@gw:0"`,
		"http://gw:65536":         `must be a URL with a port from 1 to 65535, was: "http://gw:65536"`,
		"http://gw:80x":           `must be a URL with scheme http or nats and a host, was: "(unreadable)"`,
		"gw:8080":                 `must be a URL with scheme http or nats and a host, was: "gw:8080"`,
		"http://:8080":            `must be a URL with scheme http or nats and a host, was: "http://:8080"`,
		"https://u:hunter2@gw/":   `must be a URL with scheme http or nats and a host, was: "https://u:xxxxx@gw/"`,
		"u:hunter2@gw:8080":       `must be a URL with scheme http or nats and a host, was: "(unreadable)"`,
		"http:/u:hunter2@gw":      `must be a URL with scheme http or nats and a host, was: "(unreadable)"`,
		"http://u:hunter2@gw:80x": `must be a URL with scheme http or nats and a host, was: "(unreadable)"`,
	} {
		u, err := config.ParseURL(text, "http", "nats")
		if (err == nil) != (want == "") || (err != nil && err.Error() != want) || (err == nil && u.String() != text) {
			t.Errorf("%s: got %v, %v; want %q", text, u, err, want)
		}
	}
}

func TestABaseURLHasACleanPathAndNoSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"http://gw:8080":                   "http://gw:8080",
		"http://gw:8080/":                  "http://gw:8080",
		"http://gw//openfaas///":           "http://gw/openfaas",
		"https://[fd00::1]:8443/a/b/":      "https://[fd00::1]:8443/a/b",
		"https://gw/a%2Fb/":                "https://gw/a%2Fb",
		"http://gw/openfaas?a=hunter2":     "",
		"http://gw/openfaas#hunter2":       "",
		"http://admin:hunter2@gw/openfaas": "",
		"http://gw/openfaas?":              "",
		"ftp://gw/openfaas":                "",
	} {
		u, err := config.ParseBase(text, "http", "https")
		if want == "" {
			if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "gw/openfaas") {
				t.Errorf("%s: got %v", text, err)
			}
		} else if err != nil || u.String() != want {
			t.Errorf("%s: got %v, %v, want %s", text, u, err, want)
		}
	}
	if _, err := config.ParseBase("http://admin:1234#hunter2@gw", "http"); err == nil || strings.Contains(err.Error(), "1234") {
		t.Errorf("a password with a # is cut in two, and neither part may be shown: got %v", err)
	}
	r := config.NewReader(env(map[string]string{"gateway_url": "http://me:hunter2@gw"}))
	got := r.BaseURL("gateway_url", "http://gateway", "http")
	want := `gateway_url must be a URL without user, query and fragment, was: "http://gw" with one of them`
	if err := r.Err(); got != "http://gateway" || err == nil || err.Error() != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestTheServersOfAClusterAreAListOfURLs(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "nats://nats:4222",
		"tls://a:4222/":                     "tls://a:4222",
		"nats://a:4222, nats://u:pw@b:4222": "nats://a:4222,nats://u:pw@b:4222",
		"nats://a:4222,":                    "",
		"nats://a:4222,b:4222":              "",
		"nats://a:4222,http://u:pw@b":       "",
	} {
		r := config.NewReader(env(map[string]string{"nats_url": text}))
		got := r.URLs("nats_url", "nats://nats:4222", "nats", "tls")
		if want == "" {
			if err := r.Err(); err == nil || !strings.Contains(err.Error(), "nats_url must be a URL with scheme nats or tls") || strings.Contains(err.Error(), ":pw@") {
				t.Errorf("%s: got %v", text, err)
			}
		} else if got != want || r.Err() != nil {
			t.Errorf("%s: got %s, %v, want %s", text, got, r.Err(), want)
		}
	}
}

func TestSecretsAreReadFromTheirDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := config.NewReader(env(map[string]string{"secrets_dir": dir}))
	if got := r.Secret("key"); got != "s3cret" || r.Err() != nil {
		t.Fatalf("got %q, %v", got, r.Err())
	}
	if r.OptionalSecret("other") != "" || r.Err() != nil {
		t.Error("an absent optional secret must not be an error")
	}
	if r.Key("key", 7); r.Err() == nil || !strings.Contains(r.Err().Error(), "at least 7 bytes, had: 6") || strings.Contains(r.Err().Error(), "s3cret") {
		t.Errorf("a short key must be refused without being shown, got %v", r.Err())
	}
	r.Secret("other")
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "faas-cli secret create other") {
		t.Errorf("the error must say how to create the secret, got %v", err)
	}
}

// The URL of a webhook is a secret: an error must not show it.
func TestAURLInASecretIsChecked(t *testing.T) {
	for secret, good := range map[string]bool{
		"https://hooks.example/T0/s3cret": true, "": true, "hooks.example/s3cret": false, "ftp://hooks.example/s3cret": false, "https://hooks.example:0/s3cret": false,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "hook"), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
		r := config.NewReader(env(map[string]string{"secrets_dir": dir}))
		got := r.OptionalSecretURL("hook", "http", "https")
		if err := r.Err(); good && (err != nil || got != secret) {
			t.Errorf("%q: got %q, %v", secret, got, err)
		} else if !good && (err == nil || !strings.Contains(err.Error(), "secret hook must be a URL with scheme http or https") || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%q: got %v", secret, err)
		}
	}
}

// FuzzBase checks that a path can be added to every base, and that the result is parsed as
// the same base with this path.
func FuzzBase(f *testing.F) {
	for _, seed := range []string{"http://gw:8080/openfaas//", "https://[fd00::1%25eth0]/a%2Fb/../c", "http://gw/%", "http://u:p@gw?x#y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		base, err := config.ParseBase(text, "http", "https")
		if err != nil {
			return
		}
		below, err := url.Parse(base.String() + "/system/functions")
		if err != nil || below.Host != base.Host || below.Path != base.Path+"/system/functions" || below.User != nil || below.RawQuery != "" || below.Fragment != "" {
			t.Errorf("%q: got base %q and below it %q, %v", text, base, below, err)
		}
		again, err := config.ParseBase(base.String(), "http", "https")
		if err != nil || again.String() != base.String() {
			t.Errorf("%q: %q is parsed as %v, %v", text, base, again, err)
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add("1m", "3", "0.5", "http://h")
	f.Fuzz(func(t *testing.T, d, n, x, u string) {
		r := config.NewReader(env(map[string]string{"d": d, "n": n, "x": x, "u": u}))
		if v := r.Duration("d", time.Minute, time.Second, time.Hour); v < time.Second || v > time.Hour {
			t.Errorf("duration %v out of bounds", v)
		}
		if v := r.Int("n", 1, 0, 5); v < 0 || v > 5 {
			t.Errorf("int %v out of bounds", v)
		}
		if v := r.Float("x", 0, 0, 1); !(v >= 0 && v <= 1) {
			t.Errorf("float %v out of bounds", v)
		}
		if v := r.URL("u", "http://h", "http"); r.Err() == nil && !strings.HasPrefix(strings.ToLower(v), "http://") {
			t.Errorf("URL %q has another scheme", v)
		}
	})
}
