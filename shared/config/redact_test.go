package config_test

import (
	"strings"
	"testing"

	"prewarm/shared/config"
)

// FuzzRedact reads addresses with a password, and whatever stands around it. No error shows
// the password, which would reach a log.
func FuzzRedact(f *testing.F) {
	f.Add("nats://u:", "@h:4222")
	f.Add("nats://u:", "/x@h, tls://h")
	f.Add("nats://h, nats://u:", "@h:99999")
	f.Add("https://u:%", "?@h#")
	f.Fuzz(func(t *testing.T, before, after string) {
		const password = "S3cretOfTheGateway"
		if !strings.HasSuffix(before, "u:") || !strings.Contains(after, "@") {
			return // no password
		}
		text := before + password + after
		r := config.NewReader(env(map[string]string{"a": text}))
		r.URL("a", "nats://h", "nats", "tls")
		r.URLs("a", "nats://h", "nats", "tls")
		r.BaseURL("a", "http://h", "http", "https")
		if err := r.Err(); err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
