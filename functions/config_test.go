package functions_test

import (
	"strings"
	"testing"
)

// FuzzConfig gives one key any value: it is accepted, or an error names the key.
func FuzzConfig(f *testing.F) {
	dir := secrets(f)
	var keys []string
	for _, key := range read(f) {
		// Those name files, which are read.
		if key != "secrets_dir" && key != "secret_mount_path" && !strings.HasSuffix(key, "_file") {
			keys = append(keys, key)
		}
	}
	for i, value := range []string{"1h", "0", "-1", "NaN", "https://u:p@h", "a=b, c=*.d", "{a=\"b\"}", "nats://a:1,tls://b", "\x00"} {
		f.Add(uint16(7*i), value)
	}
	f.Fuzz(func(t *testing.T, n uint16, value string) {
		key := keys[int(n)%len(keys)]
		err := readAll(func(asked string) string {
			switch asked {
			case key:
				return value
			case "secrets_dir":
				return dir
			}
			return ""
		})
		if err != nil && !strings.Contains(err.Error(), key) {
			t.Errorf("%s=%q: the error does not name the key: %v", key, value, err)
		}
	})
}
