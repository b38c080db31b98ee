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
		// A name before the colon, so that the text is a user's, and no comma of a list within.
		if !strings.HasSuffix(before, "u:") {
			return
		}
		text := before + password + after
		r := config.NewReader(env(map[string]string{"a": text}))
		r.URL("a", "nats://h", "nats", "tls")
		r.URLs("a", "nats://h", "nats", "tls")
		r.BaseURL("a", "http://h", "http", "https")
		if err := r.Err(); err != nil && strings.Contains(text, "@") && strings.Contains(err.Error(), password) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
