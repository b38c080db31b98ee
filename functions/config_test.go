package functions_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// FuzzConfig gives one key any value, for each package that reads it: the value is accepted,
// or an error names the key.
func FuzzConfig(f *testing.F) {
	dir := secrets(f)
	of := map[string][]func(func(string) string) error{}
	for _, read := range readers() {
		_ = read(func(key string) string {
			// Those name files, which are read.
			if key != "secrets_dir" && key != "secret_mount_path" && !strings.HasSuffix(key, "_file") {
				of[key] = append(of[key], read)
			}
			return map[string]string{"secrets_dir": dir, "alert_webhook": "http://h"}[key]
		})
	}
	keys := slices.Sorted(maps.Keys(of))
	for i, value := range []string{"1h", "0", "-1", "NaN", "https://u:p@h", "a=b, c=*.d", "{a=\"b\"}", "nats://a:1,tls://b", "\x00"} {
		f.Add(uint16(7*i), value)
	}
	f.Add(uint16(slices.Index(keys, "basic_auth")), "1") // without its files
	f.Fuzz(func(t *testing.T, n uint16, value string) {
		key := keys[int(n)%len(keys)]
		for _, read := range of[key] {
			err := read(func(asked string) string { return map[string]string{"secrets_dir": dir, key: value}[asked] })
			if err != nil && !strings.Contains(err.Error(), key) {
				t.Errorf("%s=%q: the error does not name the key: %v", key, value, err)
			}
		}
	})
}
